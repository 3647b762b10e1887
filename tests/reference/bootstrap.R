# Reference numbers for surveykit.links.bootstrap: the wild cluster bootstrap-t, written as its papers say.
# Run from the project's root:  Rscript tests/reference/bootstrap.R
# One regression a draw, standard errors from its own residuals (CR0, no factor for few organisations): nothing is taken
# from the fast formula under test. Writes bootstrap.csv (simulated here) and bootstrap.json.
suppressMessages({library(sandwich); library(jsonlite)})
set.seed(20260711)
G <- 11                                              # few enough for every pattern of signs
size <- c(1, 2, 3, 5, 8, 2, 4, 3, 6, 1, 4)
d <- data.frame(organisation = rep(sprintf("o%02d", 1:G), size))
n <- nrow(d)
d$clarity <- rep(round(rnorm(G, 3.4, .6), 2), size)
d$effort <- round(rnorm(n, 50, 12), 1)
d$speed <- round(2 + .8 * (d$clarity - 3.4) + .02 * d$effort + rep(rnorm(G, sd = .6), size) + rnorm(n), 3)
d$reached <- as.integer(.9 * (d$clarity - 3.4) + rep(rnorm(G, sd = .6), size) + rlogis(n) > -.2)
write.csv(d, "tests/reference/bootstrap.csv", row.names = FALSE)

g <- as.integer(factor(d$organisation))
t_of <- function(y, X, j, value) {
  fit <- lm.fit(X, y)
  scores <- rowsum(X * fit$residuals, g)
  bread <- chol2inv(qr.R(fit$qr))
  V <- bread %*% crossprod(scores) %*% bread
  unname((fit$coefficients[j] - value) / sqrt(V[j, j]))
}
# Null imposed: y* = X b_null + v e_null, one sign an organisation.
drawn <- function(y, X, j, value, signs) {
  null <- lm.fit(X[, -j, drop = FALSE], y - value * X[, j])
  fitted <- y - null$residuals
  apply(signs, 1, function(v) t_of(fitted + v[g] * null$residuals, X, j, value))
}
every <- as.matrix(expand.grid(rep(list(c(1, -1)), G)))
p_of <- function(y, X, j, value, signs = every) {
  t <- t_of(y, X, j, value)
  mean(abs(drawn(y, X, j, value, signs)) >= abs(t) * (1 - 1e-10))
}
X <- cbind(1, d$clarity, d$effort)
tests <- list()
for (j in 2:3) for (value in c(0, .5)) {
  t <- t_of(d$speed, X, j, value)
  tests[[length(tests) + 1]] <- list(position = j, null = value, t = t, p = p_of(d$speed, X, j, value))
}
# The interval: where the share of patterns as far out passes 5%, by bisection on the p-value itself.
fit <- lm.fit(X, d$speed)
limit <- function(j, side) {
  b <- fit$coefficients[j]; step <- side * .05 * max(abs(b), .1)
  while (p_of(d$speed, X, j, b + step) > .05) step <- step * 1.5
  inside <- b; outside <- b + step
  for (i in 1:32) { middle <- (inside + outside) / 2; if (p_of(d$speed, X, j, middle) > .05) inside <- middle else outside <- middle }
  unname(inside)
}
interval <- c(limit(2, -1), limit(2, 1))
# sandwich's own CR0 from the formula interface, so that t above is tied to a package.
model <- lm(speed ~ clarity + effort, d)
package_t <- unname(coef(model)[2:3] / sqrt(diag(vcovCL(model, ~ organisation, type = "HC0", cadjust = FALSE)))[2:3])

# The score bootstrap of a logit, every pattern, one at a time, as Kline and Santos (2012) with scores and information
# at the fit under the null, from glm: one step of the fit gives each draw's residual scores.
Xc <- cbind(1, d$clarity)
null <- glm(reached ~ 1, binomial, d, control = glm.control(epsilon = 1e-15, maxit = 100))
mu <- fitted(null)
S <- rowsum(Xc * (d$reached - mu), g)
A <- lapply(split(seq_len(n), g), function(i) crossprod(Xc[i, , drop = FALSE], mu[i] * (1 - mu[i]) * Xc[i, , drop = FALSE]))
inverse <- solve(Reduce(`+`, A))
score_t <- function(v) {
  step <- inverse %*% colSums(v * S)
  left <- t(sapply(1:G, function(k) v[k] * S[k, ] - A[[k]] %*% step))
  step[2] / sqrt((inverse %*% crossprod(left) %*% inverse)[2, 2])
}
logit_t <- score_t(rep(1, G))
logit_p <- mean(abs(apply(every, 1, score_t)) >= abs(logit_t) * (1 - 1e-10))

v <- function(p) as.character(packageVersion(p))
write_json(list(versions = list(R = as.character(getRversion()), sandwich = v("sandwich"), jsonlite = v("jsonlite")),
                ols = tests, interval = interval, package_t = package_t, logit = list(t = logit_t, p = logit_p)),
           "tests/reference/bootstrap.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
