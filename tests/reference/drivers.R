# Reference numbers for surveykit.links.drivers.
# Run from the project's root:  Rscript tests/reference/drivers.R
# Shares by their definition, the mean over all orders of adding predictors of what each adds: lm for R2, glm for
# McFadden's. The published example is Grömping's (2006) decomposition of Fertility in `swiss`, which comes with R: its
# correlations are stored, not its rows.
suppressMessages(library(jsonlite))
RNGversion("4.2.0"); set.seed(20260605)
orders <- function(x) if (length(x) == 1) list(x) else do.call(c, lapply(seq_along(x), function(i) lapply(orders(x[-i]), function(o) c(x[i], o))))

shapley <- function(predictors, value) {
  known <- new.env()
  of <- function(set) {
    if (!length(set)) return(0)
    key <- paste(sort(set), collapse = "+")
    if (is.null(known[[key]])) known[[key]] <- value(sort(set))
    known[[key]]
  }
  all_orders <- orders(predictors)
  shares <- setNames(numeric(length(predictors)), predictors)
  for (o in all_orders) for (i in seq_along(o)) shares[o[i]] <- shares[o[i]] + of(o[seq_len(i)]) - of(o[seq_len(i - 1)])
  shares / length(all_orders)
}
linear <- function(d, outcome, w = rep(1, nrow(d))) { force(w); function(set) summary(lm(reformulate(set, outcome), cbind(d, w = w), weights = w))$r.squared }
mcfadden <- function(d, outcome, w = rep(1, nrow(d))) {
  tight <- glm.control(epsilon = 1e-14, maxit = 100)
  deviance_of <- function(f) suppressWarnings(deviance(glm(f, binomial, cbind(d, w = w), weights = w, control = tight)))
  none <- deviance_of(reformulate("1", outcome))
  function(set) 1 - deviance_of(reformulate(set, outcome)) / none
}
# Johnson's relative weights: loadings on the nearest uncorrelated columns.
johnson <- function(d, outcome, predictors) {
  x <- scale(d[predictors]); s <- svd(x / sqrt(nrow(d) - 1)); z <- s$u %*% t(s$v); r <- s$v %*% diag(s$d) %*% t(s$v)
  beta <- as.vector(crossprod(z, scale(d[[outcome]]))) / sqrt(nrow(d) - 1)
  setNames(as.vector(r^2 %*% beta^2), predictors)
}
# Tonidandel and LeBreton's: slopes of a logit on those columns; of McFadden's R2.
tonidandel <- function(d, outcome, predictors, r_squared) {
  x <- scale(d[predictors]); s <- svd(x / sqrt(nrow(d) - 1)); z <- s$u %*% t(s$v); r <- s$v %*% diag(s$d) %*% t(s$v)
  b <- coef(glm(d[[outcome]] ~ z, family = binomial, control = glm.control(epsilon = 1e-14)))[-1]
  raw <- as.vector(r^2 %*% b^2)
  setNames(raw / sum(raw) * r_squared, predictors)
}
vif <- function(d, predictors) sapply(predictors, function(p) 1 / (1 - summary(lm(reformulate(setdiff(predictors, p), p), d))$r.squared))

organisations <- 60
size <- sample(2:7, organisations, replace = TRUE); organisation <- rep(1:organisations, size); n <- length(organisation)
common <- rnorm(n)
d <- data.frame(organisation, a = rep(rnorm(organisations), size) + .5 * common, b = rnorm(n) + .8 * common, c = rnorm(n) + .8 * common,
                e = -rnorm(n) - common, f = rbinom(n, 1, .4))
d$weight <- round(rep(runif(organisations, .3, 3), size), 3)
linear_part <- .5 * d$a + .4 * d$b - .4 * d$e + .3 * d$f
d$speed <- linear_part + rep(rnorm(organisations, sd = .5), size) + rnorm(n)
d$reached <- rbinom(n, 1, plogis(linear_part - .3))
d[c("a", "b", "c", "e", "speed")] <- round(d[c("a", "b", "c", "e", "speed")], 4)
write.csv(d, "tests/reference/drivers.csv", row.names = FALSE)

p <- c("a", "b", "c", "e", "f")
swiss_p <- names(swiss)[-1]
logit_shares <- shapley(p, mcfadden(d, "reached"))
numbers <- list(
  swiss = list(correlations = cor(swiss), predictors = swiss_p, lmg = as.list(shapley(swiss_p, linear(swiss, "Fertility"))),
               johnson = as.list(johnson(swiss, "Fertility", swiss_p)), vif = as.list(vif(swiss, swiss_p)), kappa = kappa(scale(swiss[swiss_p]), exact = TRUE)),
  linear = list(shapley = as.list(shapley(p, linear(d, "speed"))), weighted = as.list(shapley(p, linear(d, "speed", d$weight))),
                johnson = as.list(johnson(d, "speed", p)), vif = as.list(vif(d, p))),
  logit = list(shapley = as.list(logit_shares), weighted = as.list(shapley(p, mcfadden(d, "reached", d$weight))),
               tonidandel = as.list(tonidandel(d, "reached", p, sum(logit_shares))), as_linear = as.list(shapley(p, linear(d, "reached")))),
  versions = list(R = as.character(getRversion())))
write_json(numbers, "tests/reference/drivers.json", digits = I(15), auto_unbox = TRUE, pretty = TRUE)
