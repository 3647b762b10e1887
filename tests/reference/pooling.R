# Reference numbers for surveykit.measures.pooling, and for the pooled limits of a share.
# Run from the project's root:  Rscript tests/reference/pooling.R
# Debian: r-base-core r-cran-mice r-cran-mitools r-cran-jsonlite
suppressMessages({library(mice); library(mitools); library(jsonlite)})
set.seed(20260704)
m <- 7; k <- 6
estimates <- sapply(1:k, function(q) rnorm(m, q - 3, c(.01, .05, .1, .2, .5, 2)[q]))
variances <- sapply(1:k, function(q) (.1 + q / 20) * runif(m, .8, 1.2) / 3)
degrees <- c(4, 9, 19, 59, 179, Inf)
colnames(estimates) <- colnames(variances) <- paste0("q", 1:k)
write.csv(data.frame(imputation = rep(1:m, k), quantity = rep(colnames(estimates), each = m),
                     estimate = sprintf("%.17g", estimates), variance = sprintf("%.17g", variances)),
          "tests/reference/pooling.csv", row.names = FALSE)

digits <- function(x) if (is.infinite(x)) "Inf" else sprintf("%.15g", x)
by_mice <- lapply(1:k, function(q) {
  p <- pool.scalar(estimates[, q], variances[, q], n = degrees[q] + 1)
  error <- sqrt(p$t); t <- qt(.975, p$df)
  found <- list(estimate = p$qbar, std_error = error, ci_lower = p$qbar - t * error, ci_upper = p$qbar + t * error,
                df = p$df, p_value = 2 * pt(-abs(p$qbar) / error, p$df), within = p$ubar, between = p$b,
                fraction_missing = p$fmi, relative_increase = p$r, lambda = (1 + 1 / m) * p$b / p$t)
  lapply(c(found, list(df_complete = degrees[q])), digits)
})
# Without degrees of freedom of the complete data mitools agrees in all; with them it has a formula of its own.
by_mitools <- MIcombine(as.list(as.data.frame(t(estimates))), lapply(1:m, function(i) diag(variances[i, ])))
told <- summary(by_mitools)
by_mitools <- lapply(1:k, function(q) lapply(list(estimate = told[q, 1], std_error = told[q, 2], ci_lower = told[q, 3],
  ci_upper = told[q, 4], df = by_mitools$df[q], fraction_missing = by_mitools$missinfo[q]), digits))
names(by_mice) <- names(by_mitools) <- colnames(estimates)
# Shares: pooled as they are, limits of the logit, or of Korn and Graubard, from the pooled variance.
n <- c(200, 60); shares <- cbind(c(.42, .44, .41, .45, .40, .43, .42), c(.05, .0667, .05, .0833, .0667, .05, .05))
squared <- sapply(1:2, function(q) 1.4 * shares[, q] * (1 - shares[, q]) / n[q]); df_complete <- c(39, 24)
by_share <- lapply(1:2, function(q) {
  p <- pool.scalar(shares[, q], squared[, q], n = df_complete[q] + 1)
  logit <- plogis(qlogis(p$qbar) + c(-1, 1) * qt(.975, p$df) * sqrt(p$t) / (p$qbar * (1 - p$qbar)))
  effective <- min(n[q], p$qbar * (1 - p$qbar) / p$t * (qt(.975, n[q] - 1) / qt(.975, p$df))^2)
  exact <- c(qbeta(.025, effective * p$qbar, effective * (1 - p$qbar) + 1),
             qbeta(.975, effective * p$qbar + 1, effective * (1 - p$qbar)))
  list(share = shares[, q], variance = squared[, q], n = n[q], df_complete = df_complete[q], logit = logit, exact = exact)
})
v <- function(p) as.character(packageVersion(p))
write_json(list(versions = list(R = as.character(getRversion()), mice = v("mice"), mitools = v("mitools")),
                mice = by_mice, mitools = by_mitools, shares = by_share),
           "tests/reference/pooling.json", auto_unbox = TRUE, pretty = TRUE, digits = 15)
