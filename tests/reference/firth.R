# Reference numbers for surveykit.links.firth: brglm2 on data with and without separation.
# Run from the project's root:  Rscript tests/reference/firth.R
# Writes firth.csv (simulated here) and firth.json.
suppressMessages({library(brglm2); library(jsonlite)})
set.seed(20260715)
G <- 20
size <- 1 + rpois(G, 2)
d <- data.frame(organisation = rep(sprintf("o%02d", 1:G), size), clarity = rep(round(rnorm(G, 3.4, .6), 2), size),
                regulated = rep(rep(c(1, 0), c(5, 15)), size))
n <- nrow(d)
d$effort <- round(rnorm(n, 50, 12), 1)
d$reached <- as.integer(.9 * (d$clarity - 3.4) + rlogis(n) > -.2)
d$stopped <- ifelse(d$regulated == 1, 0L, d$reached)          # no regulated organisation stopped any: separation
write.csv(d, "tests/reference/firth.csv", row.names = FALSE)

# The penalised log likelihood, written out; profiled over all but one parameter by optim for the last check.
X <- cbind(1, d$clarity, d$effort / 10, d$regulated)
value <- function(b, y) {
  p <- plogis(drop(X %*% b))
  sum(dbinom(y, 1, p, log = TRUE)) + determinant(crossprod(X, p * (1 - p) * X))$modulus[1] / 2
}
fit_of <- function(name) {
  fit <- glm(reformulate(c("clarity", "effort", "regulated"), name), binomial, d, method = "brglmFit", type = "AS_mean",
             control = list(epsilon = 1e-13, maxit = 5000))
  b <- coef(fit)
  scaled <- b * c(1, 1, 10, 1)
  without <- optim(scaled[-2], function(free) -value(append(free, 0, 1), d[[name]]), method = "BFGS",
                   control = list(reltol = 1e-16, maxit = 5000))
  list(coefficients = as.list(b), std_errors = as.list(sqrt(diag(vcov(fit)))),
       value = value(scaled, d[[name]]), value_without_clarity = -without$value)
}
v <- function(p) as.character(packageVersion(p))
write_json(list(versions = list(R = as.character(getRversion()), brglm2 = v("brglm2"), jsonlite = v("jsonlite")),
                reached = fit_of("reached"), stopped = fit_of("stopped")),
           "tests/reference/firth.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
