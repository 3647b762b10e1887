# Reference numbers for tests/links/sensitivity: errors in variables by hand, E-values, and slopes of split halves.
# Run from the project's root: Rscript tests/reference/unreliability.R. Writes unreliability.csv (simulated here) and
# unreliability.json beside itself. Debian: r-base-core r-cran-jsonlite
library(jsonlite)

set.seed(515)
G <- 60; n <- 4                                  # equal numbers of executives: both corrections are then one
z <- round(rnorm(G), 2)
a <- 0.5 * z + rnorm(G); b <- 0.4 * a + rnorm(G)
g <- rep(seq_len(G), each = n)
mood <- rnorm(G * n)                             # errors of the two scales go together
d <- data.frame(organisation = sprintf("o%02d", g), clarity = round(a[g] + 0.8 * mood + rnorm(G * n), 2),
                ownership = round(b[g] + 0.8 * mood + rnorm(G * n), 2), z = z[g],
                speed = round(1 + a - 0.5 * b + 0.7 * z + rnorm(G), 3)[g])
write.csv(d, "tests/reference/unreliability.csv", row.names = FALSE)

W <- rowsum(cbind(clarity = d$clarity, ownership = d$ownership), d$organisation) / n
first <- d[!duplicated(d$organisation), ]
y <- first$speed; z <- first$z
dev <- cbind(d$clarity, d$ownership) - W[d$organisation, ]
within <- crossprod(dev) / (G * (n - 1))

# One scale alone: ICC by analysis of variance, and the slope over the reliability.
ms <- summary(aov(clarity ~ organisation, d))[[1]][["Mean Sq"]]
reliability <- 1 - ms[2] / ms[1]
observed <- unname(coef(lm(y ~ W[, "clarity"]))[2])

# Two scales and a column without error: the covariance of errors comes off the covariance of what was seen.
D <- cbind(W, z = z)
noise <- matrix(0, 3, 3); noise[1:2, 1:2] <- within / n
joint <- solve(cov(D) - noise, cov(D, y))

# The same jackknifed over organisations, everything anew without each.
again <- t(sapply(seq_len(G), function(out) {
  keep <- d$organisation != first$organisation[out]
  w <- crossprod(dev[keep, ]) / ((G - 1) * (n - 1))
  e <- matrix(0, 3, 3); e[1:2, 1:2] <- w / n
  drop(solve(cov(D[-out, ]) - e, cov(D[-out, ], y[-out])))
}))
jackknife <- (G - 1) / G * crossprod(sweep(again, 2, colMeans(again)))

# Slopes of every way to split four executives in two and two, without and with one organisation (the first) left out.
ways <- combn(4, 2)
halves <- apply(ways, 2, function(way) {
  left <- rowsum(d$clarity * (rep(1:4, G) %in% way), d$organisation) / 2
  right <- rowsum(d$ownership * !(rep(1:4, G) %in% way), d$organisation) / 2
  c(all = unname(coef(lm(right ~ left + z))[2]), without_first = unname(coef(lm(right[-1] ~ left[-1] + z[-1]))[2]))
})

E <- function(r) { r <- pmax(r, 1 / r); r + sqrt(r * (r - 1)) }
hazard <- function(h) (1 - 0.5^sqrt(h)) / (1 - 0.5^sqrt(1 / h))
fit <- lm(speed ~ clarity, d)
write_json(list(
  versions = list(R = as.character(getRversion()), jsonlite = as.character(packageVersion("jsonlite"))),
  one = list(observed = observed, reliability = reliability, corrected = observed / reliability,
             icc1 = (ms[1] - ms[2]) / (ms[1] + (n - 1) * ms[2])),
  joint = as.list(setNames(drop(joint), colnames(D))),
  jackknife = as.list(setNames(sqrt(diag(jackknife)), colnames(D))),
  halves = as.list(rowMeans(halves)),
  evalues = list(standardised = exp(0.91 * coef(fit)[["clarity"]] / sigma(fit)), hazard_0.56 = E(hazard(0.56)),
                 odds_common_0.86 = E(sqrt(0.86)), ratio_0.8 = E(0.8))
), "tests/reference/unreliability.json", auto_unbox = TRUE, digits = 15, pretty = TRUE)
