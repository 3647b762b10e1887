# Reference numbers for tests/links: clustered standard errors and average marginal effects.
# Run from this folder: Rscript links.R. Writes links.csv (simulated here) and links.json.
# Debian: r-base-core r-cran-clubsandwich r-cran-sandwich r-cran-ordinal r-cran-numderiv r-cran-jsonlite
library(clubSandwich)
library(sandwich)
library(ordinal)
library(jsonlite)

set.seed(20260)
G <- 60
sizes <- 1 + rpois(G, 4)
org <- data.frame(organisation = sprintf("org%02d", 1:G), clarity = round(rnorm(G, 3.4, 0.6), 2),
                  industry = sample(c("Energy", "Finance", "Health"), G, TRUE, c(.2, .5, .3)), shock = rnorm(G, 0, 0.7))
d <- org[rep(1:G, sizes), ]
n <- nrow(d)
d$effort <- round(rnorm(n, 50, 12), 1)
d$redesigned <- rbinom(n, 1, 0.4)
lin <- 0.8 * (d$clarity - 3.4) + 0.02 * (d$effort - 50) + 0.6 * d$redesigned + d$shock
d$reached <- as.integer(lin + rlogis(n) > 0.2)
d$stage <- 1 + (lin + rlogis(n) > -1) + (lin + rlogis(n) > 0.5) + (lin + rlogis(n) > 2)
d$speed <- round(5 + 3 * lin + rnorm(n, 0, 4), 2)
d$rollbacks <- rpois(n, exp(0.2 - 0.5 * lin))
d$effort[sample(n, 9)] <- NA
d$shock <- NULL
rownames(d) <- NULL
write.csv(d, "links.csv", row.names = FALSE)

d <- d[complete.cases(d), ]
d$industry <- relevel(factor(d$industry), names(which.max(table(d$industry))))
terms <- ~ clarity + effort + redesigned + industry
with_outcome <- function(y) update(terms, as.formula(paste(y, "~ .")))
tight <- glm.control(epsilon = 1e-14, maxit = 100)

# Expected outcome as a function of parameters and design, and its slope by the linear predictor.
mean_of <- list(ols = function(b, X) drop(X %*% b), logit = function(b, X) plogis(drop(X %*% b)),
                poisson = function(b, X) exp(drop(X %*% b)))
slope_of <- list(ols = function(b, X) rep(1, nrow(X)), logit = function(b, X) dlogis(drop(X %*% b)),
                 poisson = function(b, X) exp(drop(X %*% b)))

# CR2 and Satterthwaite df written out, for the ordered logit, which clubSandwich does not know; for the others this
# function is held against clubSandwich below. B: scores by organisation; A: list of informations by organisation.
written_out <- function(B, A) {
  half <- t(chol(solve(Reduce(`+`, A))))
  M <- lapply(A, function(a) t(half) %*% a %*% half)
  root <- lapply(M, function(m) { e <- eigen(diag(nrow(m)) - m, symmetric = TRUE); e$vectors %*% diag(1 / sqrt(e$values)) %*% t(e$vectors) })
  z <- sapply(seq_along(M), function(g) root[[g]] %*% t(half) %*% B[g, ])
  df <- function(c) {
    q <- sapply(root, function(r) r %*% t(half) %*% c)
    P <- outer(seq_along(M), seq_along(M), Vectorize(function(g, h) -q[, g] %*% M[[g]] %*% M[[h]] %*% q[, h]))
    diag(P) <- diag(P) + sapply(seq_along(M), function(g) q[, g] %*% M[[g]] %*% q[, g])
    sum(diag(P))^2 / sum(P^2)
  }
  list(V = half %*% z %*% t(z) %*% t(half), df = df)
}

ame <- function(b, V, df, X, mean_at, slope_at, column, per) {
  moved <- function(to) { Z <- X; Z[, column] <- to; Z }
  value <- function(b) {
    if (column == "redesigned") mean(mean_at(b, moved(1)) - mean_at(b, moved(0))) else per * b[[column]] * mean(slope_at(b, X))
  }
  gradient <- numDeriv::grad(value, b)
  c(estimate = value(b), std_error = sqrt(drop(gradient %*% V %*% gradient)), df = df(gradient))
}

report <- function(b, V, df, X, mean_at, slope_at, data) {
  per <- c(clarity = sd(data$clarity[!duplicated(data$organisation)]), effort = sd(data$effort), redesigned = NA)
  list(coefficients = as.list(b), std_errors = as.list(sqrt(diag(V))),
       df = as.list(setNames(apply(diag(length(b)), 1, df), names(b))), n_obs = nrow(data),
       n_organisations = length(unique(data$organisation)),
       effects = lapply(setNames(names(per), names(per)), function(p) as.list(ame(b, V, df, X, mean_at, slope_at, p, per[[p]]))))
}

fits <- function(data) {
  g <- factor(data$organisation)
  X <- model.matrix(terms, data)
  out <- list()
  for (model in c("ols", "logit", "poisson")) {
    fit <- switch(model, ols = lm(with_outcome("speed"), data),
                  logit = glm(with_outcome("reached"), binomial, data, control = tight),
                  poisson = glm(with_outcome("rollbacks"), poisson, data, control = tight))
    # clubSandwich on the least-squares problem that the last step of the fit solves. On the glm itself it takes another
    # square root of the same matrix (equally unbiased under the model): the message says by how much the errors differ.
    w <- switch(model, ols = rep(1, nrow(X)), logit = fitted(fit) * (1 - fitted(fit)), poisson = fitted(fit))
    y <- model.frame(fit)[[1]]
    last <- lm(sqrt(w) * (drop(X %*% coef(fit)) + (y - fitted(fit)) / w) ~ 0 + I(sqrt(w) * X))
    V <- vcovCR(last, cluster = g, type = "CR2")
    df <- function(c) linear_contrast(last, vcov = V, contrasts = t(c), test = "Satterthwaite")$df
    plain <- as.matrix(V); dimnames(plain) <- list(names(coef(fit)), names(coef(fit)))
    out[[model]] <- report(coef(fit), plain, df, X, mean_of[[model]], slope_of[[model]], data)
    own <- written_out(rowsum(X * (y - fitted(fit)), g),
                       lapply(split(seq_len(nrow(X)), g), function(i) crossprod(X[i, , drop = FALSE] * sqrt(w[i]))))
    stopifnot(all.equal(own$V, plain, tolerance = 1e-9, check.attributes = FALSE),
              all.equal(own$df(diag(ncol(X))[2, ]), df(diag(ncol(X))[2, ]), tolerance = 1e-6))
    other <- sqrt(diag(as.matrix(vcovCR(fit, cluster = g, type = "CR2")))) / sqrt(diag(plain)) - 1
    message(model, ": standard errors of the glm differ by at most ", signif(max(abs(other)), 2))
  }
  data$stage <- factor(data$stage)
  fit <- clm(with_outcome("stage"), data = data, control = clm.control(gradTol = 1e-12, maxIter = 200L))
  cuts <- nlevels(data$stage) - 1
  b <- coef(fit)
  highest <- function(b, X) plogis(drop(X[, -1] %*% b[-seq_len(cuts)]) - b[cuts])
  stage <- as.integer(data$stage)
  density <- function(b, X) dlogis(drop(X[, -1] %*% b[-seq_len(cuts)]) - b[cuts])
  score <- function(b, i) {   # of the rows of one organisation: exact, so that only one derivative is numeric
    Z <- X[i, -1, drop = FALSE]
    edges <- c(-Inf, b[seq_len(cuts)], Inf)
    up <- edges[stage[i] + 1] - drop(Z %*% b[-seq_len(cuts)]); low <- edges[stage[i]] - drop(Z %*% b[-seq_len(cuts)])
    share <- plogis(up) - plogis(low)
    at <- function(k) sum((dlogis(up) * (stage[i] == k) - dlogis(low) * (stage[i] == k + 1)) / share)
    c(sapply(seq_len(cuts), at), colSums(Z * (dlogis(low) - dlogis(up)) / share))
  }
  stopifnot(all.equal(t(sapply(split(seq_len(nrow(X)), g), score, b = b)), rowsum(estfun(fit), g), check.attributes = FALSE))
  own <- written_out(rowsum(estfun(fit), g), lapply(split(seq_len(nrow(X)), g), function(i)
    { a <- -numDeriv::jacobian(score, b, i = i); (a + t(a)) / 2 }))
  dimnames(own$V) <- list(names(b), names(b))
  out[["ordered logit"]] <- report(b, own$V, own$df, X, highest, density, data)
  out
}

one_each <- d[!duplicated(d$organisation), ]
p <- c(0.01, 0.04, 0.03, 0.005, 0.6)
packages <- c("clubSandwich", "sandwich", "ordinal", "numDeriv", "jsonlite")
result <- list(
  versions = c(list(R = as.character(getRversion())),
               sapply(packages, function(name) as.character(packageVersion(name)), simplify = FALSE)),
  clustered = fits(d),
  one_row_each = fits(one_each),
  hc2_of_lm = as.list(sqrt(diag(vcovHC(lm(with_outcome("speed"), one_each), type = "HC2")))),
  holm = list(p = p, adjusted = p.adjust(p, "holm"))
)
write_json(result, "links.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
