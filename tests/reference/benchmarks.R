# Reference numbers for surveykit.estimates.benchmarks.equivalence: differences from a published share, and their tests.
# Run from the project's root:  Rscript tests/reference/benchmarks.R
suppressMessages(library(survey))
set.seed(20261125)
organisations <- 40
organisation <- rep(sprintf("o%02d", 1:organisations), sample(2:9, organisations, replace = TRUE))
lean <- rep(rnorm(organisations, sd = .8), table(organisation))
d <- data.frame(organisation, common = rbinom(length(lean), 1, plogis(-.3 + lean)), rare = rbinom(length(lean), 1, .03),
                score = round(3 + lean / 2 + rnorm(length(lean)), 1))
design <- svydesign(~organisation, weights = ~1, data = d)
df <- organisations - 1

# One-sided limits of the estimate at tail c, lower or upper: from R's own intervals of level 1 - 2c.
logit_at <- function(c, upper) as.numeric(confint(svyciprop(~common, design, method = "logit", level = 1 - 2 * c, df = df)))[1 + upper]
mean_at <- function(c, upper) as.numeric(confint(svymean(~score, design), level = 1 - 2 * c, df = df))[1 + upper]
# Korn and Graubard's, its effective size held at that of the 95% level.
p <- as.numeric(coef(svymean(~rare, design))); se <- as.numeric(SE(svymean(~rare, design)))
size <- p * (1 - p) / se^2 * (qt(.975, nrow(d) - 1) / qt(.975, df))^2
beta_at <- function(c, upper) if (upper) qbeta(1 - c, size * p + 1, size * (1 - p)) else qbeta(c, size * p, size * (1 - p) + 1)
stopifnot(all.equal(c(beta_at(.025, FALSE), beta_at(.025, TRUE)), as.numeric(confint(svyciprop(~rare, design, method = "beta", df = df)))))

# Wilson's limits of the published share.
wilson_at <- function(share, base, c, upper) if (is.na(base)) share else
  suppressWarnings(prop.test(share * base, base, conf.level = 1 - 2 * c, correct = FALSE)$conf.int[1 + upper])
limit <- function(estimate, at, share, base, c, upper) {
  here <- at(c, upper) - estimate; there <- share - wilson_at(share, base, c, !upper)
  estimate - share + (if (upper) 1 else -1) * sqrt(here^2 + there^2)
}
# Tail at which a limit of the difference from one value reaches d: of the side on which d lies.
tail_at <- function(estimate, at, share, base, d) {
  upper <- d > estimate - share
  f <- function(c) limit(estimate, at, share, base, c, upper) - d
  if (f(1e-6) * f(.4999) > 0) return(list(c = 0, upper = upper))   # so far out that it decides nothing
  list(c = uniroot(f, c(1e-6, .4999), tol = 1e-14)$root, upper = upper)
}
rows <- list()
one <- function(name, estimate, at, lowest, highest, base, margin) {
  nearest <- min(max(estimate, lowest), highest)
  p <- if (nearest == estimate) 1 else 2 * tail_at(estimate, at, nearest, base, 0)$c
  low <- tail_at(estimate, at, highest, base, -margin); high <- tail_at(estimate, at, lowest, base, margin)
  equivalence <- max(if (low$upper) 1 - low$c else low$c, if (high$upper) high$c else 1 - high$c)
  numbers <- c(estimate = estimate, lower = at(.025, FALSE), upper = at(.025, TRUE), lowest = lowest, highest = highest,
    base = base, margin = margin, ci_lower = limit(estimate, at, highest, base, .025, FALSE),
    ci_upper = limit(estimate, at, lowest, base, .025, TRUE), inner_lower = limit(estimate, at, highest, base, .05, FALSE),
    inner_upper = limit(estimate, at, lowest, base, .05, TRUE), p_value = p, equivalence_p = equivalence)
  rows[[length(rows) + 1]] <<- cbind(data.frame(name, df), t(sprintf("%.15g", numbers)))
  names(rows[[length(rows)]])[-(1:2)] <<- names(numbers)
}
common <- as.numeric(coef(svymean(~common, design)))
one("logit", common, logit_at, .53, .53, 400, .2)
one("logit", common, logit_at, .30, .30, 120, .1)
one("logit", common, logit_at, .545, .555, 1000, .2)
one("logit", common, logit_at, .525, .575, NA, .15)
one("logit", common, logit_at, .30, .30, NA, .3)
one("Korn-Graubard", p, beta_at, .05, .05, 250, .06)
one("Korn-Graubard", p, beta_at, .0415, .0425, NA, .035)
score <- as.numeric(coef(svymean(~score, design)))
one("t", score, mean_at, 3.15, 3.25, NA, .6)
one("t", score, mean_at, 2.8, 2.8, NA, .4)
versions <- data.frame(name = c("R", "survey"), df = NA, estimate = c(as.character(getRversion()), as.character(packageVersion("survey"))))
table <- do.call(rbind, rows)
versions[setdiff(names(table), names(versions))] <- NA
write.csv(rbind(table, versions[names(table)]), "tests/reference/benchmarks.csv", row.names = FALSE)
