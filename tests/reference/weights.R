# Reference numbers for surveykit.estimates: weights, replicates, targets.
# Run from the project's root:  Rscript tests/reference/weights.R
suppressMessages({library(survey); library(jsonlite)})
options(survey.replicates.mse = TRUE)
set.seed(20260711)
clusters <- 36
size <- sample(2:8, clusters, replace = TRUE)
cluster <- sprintf("o%02d", 1:clusters)
region <- rep(c("north", "south", "west"), c(10, 14, 12))
d <- data.frame(cluster = rep(cluster, size), region = rep(region, size))
n <- nrow(d)
d$population <- c(north = 40, south = 70, west = 24)[d$region]
d$lone <- ifelse(d$cluster == "o01", "alone", d$region)
d$industry <- rep(sample(rep(c("Banking", "Health", "Public", "Retail"), c(13, 10, 7, 6))), size)
d$role <- sample(c("Board", "Head", "Lead"), n, TRUE, c(.5, .3, .2))
d$base <- round(rep(c(north = 2, south = 3, west = 1)[region], size) * exp(rnorm(n, sd = .5)), 3)
d$y <- round(3 + rep(rnorm(clusters, sd = .7), size) + .6 * (d$industry == "Retail") - .4 * (d$role == "Lead") + rnorm(n), 3)
d$responded <- runif(n) < .7
write.csv(d, "tests/reference/weights.csv", row.names = FALSE, quote = TRUE)

out <- list()
industry <- c(Banking = .3, Health = .3, Public = .22, Retail = .18)
role <- c(Board = .35, Head = .35, Lead = .3)
margin <- function(name, shares, total) setNames(data.frame(names(shares), as.vector(shares) * total), c(name, "Freq"))
# All rounds are run: R looks at the whole sample to stop, and replicates may need more.
raked <- function(design, total)
  suppressWarnings(rake(design, list(~industry, ~role), list(margin("industry", industry, total), margin("role", role, total)),
                        control = list(maxit = 150, epsilon = 1e-300)))
plain <- svydesign(~1, data = d, weights = ~1)
based <- svydesign(~cluster, strata = ~region, data = d, weights = ~base)
total <- sum(d$base)
out$rake_plain <- weights(raked(plain, n))
out$rake_base <- weights(raked(based, total))
cells <- as.data.frame(xtabs(~region + role, d)); cells$Freq <- rev(seq_len(nrow(cells)))
out$cells <- cells
cells$Freq <- cells$Freq / sum(cells$Freq) * total
out$poststratify <- weights(postStratify(based, ~region + role, cells))
# The package's own calfun takes the limits of the factor for limits of its logarithm where it differentiates, and then
# often does not converge: the same function with its own derivative.
truncated <- make.calfun(function(u, bounds) pmin(pmax(exp(u), bounds$lower), bounds$upper) - 1,
                         function(u, bounds) ifelse(exp(u) < bounds$upper & exp(u) > bounds$lower, exp(u), 0), "truncated raking")
wanted <- function(total) c(`(Intercept)` = 1, industryHealth = .3, industryPublic = .22, industryRetail = .18, roleHead = .35, roleLead = .3) * total
out$limits <- c(.6, 2.2)
limited <- calibrate(based, ~industry + role, wanted(total), calfun = truncated, bounds = out$limits, epsilon = 1e-14, maxit = 500)
out$rake_limited <- weights(limited)
out$trim_limits <- c(.5, 1.8)
mean_base <- mean(d$base)
out$trim <- weights(calibrate(based, ~1, c(`(Intercept)` = total), calfun = truncated, epsilon = 1e-14, maxit = 500,
                              bounds = list(lower = .5 * mean_base, upper = 1.8 * mean_base), bounds.const = TRUE))
class <- interaction(d$region, d$role)
out$nonresponse <- ifelse(d$responded, d$base * ave(d$base, class, FUN = sum) / ave(d$base * d$responded, class, FUN = sum), 0)
out$deff <- 1 + (n - 1) / n * var(out$rake_base) / mean(out$rake_base)^2

se <- function(design) as.numeric(SE(svymean(~y, design)))
both <- function(design) list(plain = se(design), raked = se(raked(design, total)), poststratified = se(postStratify(design, ~region + role, cells)),
                              mean = as.numeric(coef(svymean(~y, raked(design, total)))))
jkn <- as.svrepdesign(based, type = "JKn")
out$jkn <- both(jkn); out$jkn_df <- degf(jkn)
fpc <- svydesign(~cluster, strata = ~region, data = d, weights = ~base, fpc = ~population)
out$jkn_fpc <- both(as.svrepdesign(fpc, type = "JKn"))
one <- svydesign(~cluster, data = d, weights = ~base)
out$jk1 <- both(as.svrepdesign(one, type = "JK1"))
options(survey.lonely.psu = "certainty")
lone <- as.svrepdesign(svydesign(~cluster, strata = ~lone, data = d, weights = ~base), type = "JKn")
out$jkn_certainty <- both(lone)
out$linearised <- se(based); out$linearised_fpc <- se(fpc); out$linearised_raked <- se(raked(based, total))
repeat {   # draws that leave nobody in a category are another matter: see the tests
  drawn <- as.svrepdesign(based, type = "subbootstrap", replicates = 40, compress = FALSE)
  if (all(rowsum(weights(drawn, "analysis"), d$industry) > 0)) break
}
factors <- weights(drawn, "replication")
out$bootstrap_factors <- factors[match(cluster, d$cluster), ]
out$bootstrap <- both(drawn)
out$versions <- list(R = as.character(getRversion()), survey = as.character(packageVersion("survey")))
write_json(out, "tests/reference/weights.json", digits = NA, auto_unbox = TRUE, dataframe = "columns")
