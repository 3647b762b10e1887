"""How the sample is made to look like the population: targets, weights, their diagnosis, and replicates."""
