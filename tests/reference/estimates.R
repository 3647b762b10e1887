# Reference numbers for surveykit.estimates.domains: a simulated stratified two-stage sample.
# Run from the project's root:  Rscript tests/reference/estimates.R
source("tests/reference/by_domain.R")
set.seed(20261125)
held <- c(north = 30, east = 44, south = 58, west = 25)   # clusters in the population
drawn <- c(north = 7, east = 9, south = 12, west = 6)
stratum <- rep(names(drawn), drawn)
clusters <- length(stratum)
size <- sample(2:9, clusters, replace = TRUE)
of <- rep(seq_len(clusters), size)
n <- length(of)
lean <- rnorm(clusters)[of]
d <- data.frame(organisation = sprintf("c%02d", of), stratum = stratum[of], population = held[stratum[of]])
d$weight <- round(held[d$stratum] / drawn[d$stratum] * runif(n, 1, 4), 3)
d$segment <- sample(c("old", "new", "mixed"), n, TRUE, c(.5, .3, .2))
d$size <- sample(c("large", "small"), n, TRUE)
d$score <- round(10 + 2 * lean + rnorm(n, 0, 3) + (d$stratum == "west"), 6)
d$item <- pmin(5, pmax(1, round(3.2 + .6 * lean + rnorm(n))))
d$yes <- as.numeric(d$score > 10.5)
d$rare <- as.numeric(d$score > 15.5)
d$spent <- round(exp(1 + .3 * lean + rnorm(n, 0, .5)), 6)
d$staff <- round(exp(1.5 + .4 * rnorm(n)) + .3 * d$spent, 6)
for (v in c("score", "item", "yes", "rare", "spent")) d[[v]][sample(n, 11)] <- NA
d$staff[sample(n, 5)] <- NA
d$segment[sample(n, 6)] <- NA
write.csv(d, "tests/reference/estimates.csv", row.names = FALSE, na = "")

ask <- function(design, des) all_of(design, des, replaced, c("", "old", "new", "mixed"), c("score", "item"), c("yes", "rare"), c("spent", "staff"))
finite <- svydesign(~organisation, strata = ~stratum, weights = ~weight, fpc = ~population, data = d)
replaced <- svydesign(~organisation, strata = ~stratum, weights = ~weight, data = d)
ask("finite", finite)
ask("replaced", replaced)
ask("jackknife", as.svrepdesign(replaced, type = "JKn", mse = TRUE))
bootstrap <- as.svrepdesign(replaced, type = "subbootstrap", replicates = 40, mse = TRUE)   # scale: 1 / 39
ask("bootstrap", bootstrap)
factors <- as.matrix(bootstrap$repweights)[!duplicated(d$organisation), ]
write.csv(data.frame(organisation = unique(d$organisation), round(factors, 15)), "tests/reference/estimates_bootstrap.csv", row.names = FALSE)

# One stratum of one cluster.
lonely <- subset(d, stratum != "west" | organisation == d$organisation[d$stratum == "west"][1])
for (rule in c("adjust", "certainty")) {
  options(survey.lonely.psu = rule)
  des <- svydesign(~organisation, strata = ~stratum, weights = ~weight, fpc = ~population, data = lonely)
  for (domain in c("", "old")) {
    p <- part(des, "score", domain); m <- svymean(~score, p)
    add(rule, "mean", "score", domain, estimate = unname(coef(m)), limits(m, degf(p)))
  }
}
write_rows("tests/reference/estimates_numbers.csv")
