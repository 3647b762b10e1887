# The R side of wild_bootstrap.py: Rscript wild_bootstrap.R data.csv draws
# A plain loop, one regression a draw; and the same with the matrix algebra of each draw done by hand.
args <- commandArgs(TRUE)
d <- read.csv(args[1]); B <- as.integer(args[2])
X <- cbind(d$x, d$z, 1); y <- d$y; g <- d$organisation + 1; G <- max(g)
set.seed(1)
signs <- matrix(sample(c(-1, 1), B * G, TRUE), B)
t_of <- function(y) {
  fit <- lm.fit(X, y)
  bread <- chol2inv(qr.R(fit$qr))
  V <- bread %*% crossprod(rowsum(X * fit$residuals, g)) %*% bread
  fit$coefficients[1] / sqrt(V[1, 1])
}
loop <- function() {
  null <- lm.fit(X[, -1], y); fitted <- y - null$residuals
  t <- t_of(y); mean(abs(sapply(1:B, function(b) t_of(fitted + signs[b, g] * null$residuals))) >= abs(t))
}
by_formula <- function() {                             # as one would without thinking of speed
  suppressMessages(library(sandwich))
  d$null <- residuals(lm(y ~ z, d)); d$fitted <- d$y - d$null
  t_lm <- function(v) { d$star <- d$fitted + v[g] * d$null; m <- lm(star ~ x + z, d)
    coef(m)["x"] / sqrt(vcovCL(m, d$organisation, type = "HC0", cadjust = FALSE)["x", "x"]) }
  few <- signs[1:(B / 20), ]
  mean(abs(apply(few, 1, t_lm)) >= abs(t_lm(rep(1, G))))
}
best <- function(f, n) min(sapply(seq_len(n), function(i) system.time(f())["elapsed"]))
p <- loop()
cat(p, best(loop, 3), 20 * best(by_formula, 1), "\n")
