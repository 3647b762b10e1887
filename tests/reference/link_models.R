# Reference numbers for tests/links: weights, counts that vary much, shares, categories and times.
# Run from this folder: Rscript link_models.R. Writes link_models.csv (simulated here) and link_models.json.
# Debian: r-base-core r-cran-clubsandwich r-cran-mass r-cran-nnet r-cran-survival r-cran-survey r-cran-ordinal
# r-cran-numderiv r-cran-jsonlite
library(clubSandwich)
library(MASS)
library(nnet)
library(survival)
library(survey)
library(ordinal)
library(jsonlite)

set.seed(520)
G <- 60
sizes <- 1 + rpois(G, 4)
org <- data.frame(organisation = sprintf("org%02d", 1:G), clarity = round(rnorm(G, 3.4, 0.6), 2),
                  industry = sample(c("Energy", "Finance", "Health"), G, TRUE, c(.2, .5, .3)), shock = rnorm(G, 0, 0.5))
d <- org[rep(1:G, sizes), ]
n <- nrow(d)
d$effort <- round(rnorm(n, 50, 12), 1)
d$redesigned <- rbinom(n, 1, 0.4)
lin <- 0.6 * (d$clarity - 3.4) + 0.02 * (d$effort - 50) + 0.5 * d$redesigned + d$shock
d$speed <- round(5 + 3 * lin + rnorm(n, 0, 4), 2)
d$reached <- as.integer(lin + rlogis(n) > 0.2)
d$stage <- 1 + (lin + rlogis(n) > -1) + (lin + rlogis(n) > 0.5) + (lin + rlogis(n) > 2)
d$rollbacks <- rnbinom(n, size = 1.2, mu = exp(0.7 - 0.4 * lin))
d$adopted <- round(plogis(lin + rnorm(n)), 2)
d$adopted[sample(n, 12)] <- rep(0:1, 6)
d$blocker <- apply(cbind(0, 0.3 + 0.5 * lin, -0.2 - 0.4 * lin), 1, function(e) sample(1:3, 1, prob = exp(e)))
reaches <- rexp(n, exp(lin) / 14)
seen <- runif(n, 3, 30)
d$months <- ceiling(pmin(reaches, seen))
d$production <- as.integer(reaches <= seen)
d$weight <- round(exp(rnorm(n, 0, 0.6)), 3)
d$shock <- NULL
rownames(d) <- NULL
write.csv(d, "link_models.csv", row.names = FALSE)

d$industry <- relevel(factor(d$industry), names(which.max(table(d$industry))))
terms <- ~ clarity + effort + redesigned + industry
with_outcome <- function(y) update(terms, as.formula(paste(y, "~ .")))
tight <- glm.control(epsilon = 1e-14, maxit = 200)
X <- model.matrix(terms, d)
Z <- X[, -1]
g <- factor(d$organisation)
w <- d$weight / mean(d$weight)
named <- function(x, names) as.list(setNames(as.numeric(x), names))

# CR2 and Satterthwaite's df as in links.R. B: scores by organisation; A: list of informations by organisation.
written_out <- function(B, A) {
  half <- t(chol(solve(Reduce(`+`, A))))
  M <- lapply(A, function(a) t(half) %*% a %*% half)
  root <- lapply(M, function(m) { e <- eigen(diag(nrow(m)) - m, symmetric = TRUE); e$vectors %*% diag(1 / sqrt(e$values)) %*% t(e$vectors) })
  z <- sapply(seq_along(M), function(i) root[[i]] %*% t(half) %*% B[i, ])
  df <- function(c) {
    q <- sapply(root, function(r) r %*% t(half) %*% c)
    P <- outer(seq_along(M), seq_along(M), Vectorize(function(i, j) -q[, i] %*% M[[i]] %*% M[[j]] %*% q[, j]))
    diag(P) <- diag(P) + sapply(seq_along(M), function(i) q[, i] %*% M[[i]] %*% q[, i])
    sum(diag(P))^2 / sum(P^2)
  }
  list(V = half %*% z %*% t(z) %*% t(half), df = df)
}
report <- function(b, names, own, effects = list()) {
  list(coefficients = named(b, names), std_errors = named(sqrt(diag(own$V)), names),
       df = named(apply(diag(length(b)), 1, own$df), names),
       effects = lapply(effects, function(f) {
         gradient <- numDeriv::grad(f, b)
         list(estimate = f(b), std_error = sqrt(drop(gradient %*% own$V %*% gradient)), df = own$df(gradient))
       }))
}
# By organisation, from the derivatives of rows i by the parameters: scores and minus the Hessian.
by_organisation <- function(b, score) {
  rows <- split(seq_len(n), g)
  list(B = t(sapply(rows, function(i) score(b, i))),
       A = lapply(rows, function(i) { a <- -numDeriv::jacobian(score, b, i = i); (a + t(a)) / 2 }))
}
newton <- function(b, score) {  # from R's own estimate: optimisers stop at 1e-8; its exact derivatives end elsewhere
  for (k in 1:4) b <- b - solve(numDeriv::jacobian(score, b, i = seq_len(n)), score(b, seq_len(n)))
  b
}
# The least-squares problem of the last step of a generalised linear fit: v its weights, slope that of the mean.
last_step <- function(b, v, slope, y, mu) {
  last <- lm(sqrt(v) * (drop(X %*% b) + (y - mu) / slope) ~ 0 + I(sqrt(v) * X))
  V <- vcovCR(last, cluster = g, type = "CR2")
  list(V = as.matrix(V), df = function(c) linear_contrast(last, vcov = V, contrasts = t(c), test = "Satterthwaite")$df)
}
moved <- function(M, column, to) { M[, column] <- to; M }
of_mean <- function(mean_at, slope_at) list(
  effort = function(b) sd(d$effort) * b[["effort"]] * mean(slope_at(b, X)),
  redesigned = function(b) mean(mean_at(b, moved(X, "redesigned", 1)) - mean_at(b, moved(X, "redesigned", 0))))

result <- list()

# Fractional logit, on the least-squares problem of its last step (see links.R).
fit <- glm(with_outcome("adopted"), quasibinomial, d, control = tight)
v <- fitted(fit) * (1 - fitted(fit))
own <- last_step(coef(fit), v, v, d$adopted, fitted(fit))
result$fractional <- report(coef(fit), names(coef(fit)), own,
                            of_mean(function(b, X) plogis(drop(X %*% b)), function(b, X) dlogis(drop(X %*% b))))

# Negative binomial: slopes and constant; log of 1 / theta.
fit <- glm.nb(with_outcome("rollbacks"), d, control = glm.control(epsilon = 1e-14, maxit = 500))
k <- ncol(X)
counts <- function(b, i, w = 1) {
  y <- d$rollbacks[i]; mu <- exp(drop(X[i, , drop = FALSE] %*% b[1:k])); size <- exp(-b[k + 1])
  by_size <- digamma(y + size) - digamma(size) + log(size / (size + mu)) + 1 - (y + size) / (size + mu)
  c(colSums(X[i, , drop = FALSE] * (w * (y - mu) / (1 + mu / size))), sum(-size * w * by_size))
}
b <- newton(c(coef(fit), "(log dispersion)" = -log(fit$theta)), counts)
message("glm.nb and Newton from it differ by ", signif(max(abs(b - c(coef(fit), -log(fit$theta)))), 2))
mean_nb <- function(b, X) exp(drop(X %*% b[1:k]))
mu <- mean_nb(b, X)
result[["negative binomial"]] <- report(b[1:k], names(b)[1:k], last_step(b[1:k], mu / (1 + exp(b[[k + 1]]) * mu), mu, d$rollbacks, mu),
                                        of_mean(mean_nb, mean_nb))
result[["negative binomial"]]$dispersion <- b[[k + 1]]
result[["negative binomial"]]$loglik <- sum(dnbinom(d$rollbacks, size = exp(-b[k + 1]), mu = mu, log = TRUE))

# Multinomial, against category 1.
fit <- multinom(with_outcome("blocker"), d, reltol = 1e-14, abstol = 1e-14, maxit = 1000, trace = FALSE)
shares <- function(b, X) { e <- cbind(1, exp(X %*% b[1:k]), exp(X %*% b[k + 1:k])); e / rowSums(e) }
chosen <- function(b, i, w = 1) {
  rest <- w * (outer(d$blocker[i], 2:3, "==") - shares(b, X[i, , drop = FALSE])[, -1])
  as.vector(crossprod(X[i, , drop = FALSE], rest))
}
first <- as.vector(t(coef(fit)))
b <- newton(first, chosen)
message("multinom and Newton from it differ by ", signif(max(abs(b - first)), 2))
at <- by_organisation(b, chosen)
gain <- function(category) list(
  effort = function(b) { p <- shares(b, X); slopes <- c(0, b[2 + 0:1 * k + 1]); sd(d$effort) * mean(p[, category] * (slopes[category] - p %*% slopes)) },
  redesigned = function(b) mean((shares(b, moved(X, "redesigned", 1)) - shares(b, moved(X, "redesigned", 0)))[, category]))
result$multinomial <- report(b, paste0(rep(2:3, each = k), ": ", colnames(X)), written_out(at$B, at$A),
                             setNames(c(gain(1), gain(2), gain(3)), paste(rep(1:3, each = 2), c("effort", "redesigned"))))

# Ordered logit: every category's effect.
fit <- clm(update(terms, factor(stage) ~ .), data = d, control = clm.control(gradTol = 1e-12, maxIter = 200L))
p <- function(b, X) { cum <- cbind(0, sapply(1:3, function(j) plogis(b[j] - drop(X[, -1] %*% b[-(1:3)]))), 1); cum[, -1] - cum[, -5] }
result$ordered <- list(levels = as.list(colMeans(p(coef(fit), moved(X, "clarity", 3)))),
                       redesigned = as.list(colMeans(p(coef(fit), moved(X, "redesigned", 1)) - p(coef(fit), moved(X, "redesigned", 0)))))

# Cox, Efron's ties: organisations' scores from coxph, their informations written out event by event.
surv <- Surv(d$months, d$production)
coxes <- function(w) {
  fit <- coxph(surv ~ clarity + effort + redesigned + industry, d, ties = "efron", cluster = organisation, weights = w,
               control = coxph.control(eps = 1e-13, toler.chol = 1e-15, iter.max = 100))
  r <- exp(drop(Z %*% coef(fit)))
  rows <- array(0, c(n, ncol(Z), ncol(Z)))
  for (time in sort(unique(d$months[d$production == 1]))) {
    risk <- d$months >= time
    dead <- which(d$months == time & d$production == 1)
    for (j in seq_along(dead)) {
      keep <- r * risk
      keep[dead] <- keep[dead] * (1 - (j - 1) / length(dead))
      mean_at <- colSums(Z * keep * w) / sum(keep * w)
      hazard <- mean(w[dead]) / sum(keep * w)
      for (i in which(risk)) rows[i, , ] <- rows[i, , ] + hazard * keep[i] * tcrossprod(Z[i, ] - mean_at)
    }
  }
  A <- lapply(split(seq_len(n), g), function(i) apply(rows[i, , , drop = FALSE] * w[i], 2:3, sum))
  stopifnot(all.equal(solve(Reduce(`+`, A)), fit$naive.var, check.attributes = FALSE, tolerance = 1e-9))
  list(fit = fit, own = written_out(rowsum(residuals(fit, type = "score", weighted = TRUE), g), A))
}
plain <- coxes(rep(1, n))
median_time <- median(d$months)
hazard0 <- local({  # Breslow at the estimate, at average columns, and held there
  r <- exp(drop(sweep(Z, 2, colMeans(Z)) %*% coef(plain$fit)))
  times <- d$months[d$production == 1]
  sum(sapply(times[times <= median_time], function(t) 1 / sum(r[d$months >= t])))
})
centred <- function(Z) sweep(Z, 2, colMeans(X[, -1]))
happened <- function(b, Z) 1 - exp(-hazard0 * exp(drop(centred(Z) %*% b)))
result$cox <- report(coef(plain$fit), names(coef(plain$fit)), plain$own, list(
  effort = function(b) { u <- hazard0 * exp(drop(centred(Z) %*% b)); sd(d$effort) * b[["effort"]] * mean(u * exp(-u)) },
  redesigned = function(b) mean(happened(b, moved(Z, "redesigned", 1)) - happened(b, moved(Z, "redesigned", 0)))))
result$cox$lin_wei <- named(sqrt(diag(vcov(plain$fit))), names(coef(plain$fit)))
result$cox$loglik <- plain$fit$loglik[2]
result$cox$baseline <- hazard0

# Proportional hazards: R's score test of each column alone, rows independent.
independent <- coxph(surv ~ clarity + effort + redesigned + industry, d, ties = "efron", control = coxph.control(eps = 1e-13, toler.chol = 1e-15, iter.max = 100))
tested <- cox.zph(independent, transform = "km", terms = FALSE)$table
result$cox$zph <- as.list(setNames(tested[, "chisq"], rownames(tested)))

# Weights: point estimates and the plain linearised sandwich, G / (G - 1).
design <- svydesign(~organisation, weights = ~weight, data = d)
weighted <- function(fit) list(coefficients = as.list(coef(fit)), std_errors = named(sqrt(diag(vcov(fit))), names(coef(fit))))
result$weighted <- list(
  ols = weighted(svyglm(with_outcome("speed"), design, control = tight)),
  logit = weighted(svyglm(with_outcome("reached"), design, family = quasibinomial(), control = tight)),
  fractional = weighted(svyglm(with_outcome("adopted"), design, family = quasibinomial(), control = tight)),
  poisson = weighted(svyglm(with_outcome("rollbacks"), design, family = quasipoisson(), control = tight)),
  cox = weighted(svycoxph(Surv(months, production) ~ clarity + effort + redesigned + industry, design,
                          control = coxph.control(eps = 1e-13, toler.chol = 1e-15, iter.max = 100))))
fit <- clm(update(terms, factor(stage) ~ .), data = d, weights = w, control = clm.control(gradTol = 1e-12, maxIter = 200L))
result$weighted[["ordered logit"]] <- list(coefficients = as.list(coef(fit)))
b <- c(unlist(result[["negative binomial"]]$coefficients), "(log dispersion)" = result[["negative binomial"]]$dispersion)
for (k_ in 1:3) b <- newton(b, function(b, i) counts(b, i, w[i]))
result$weighted[["negative binomial"]] <- list(coefficients = as.list(b))
fit <- multinom(with_outcome("blocker"), d, weights = w, reltol = 1e-14, abstol = 1e-14, maxit = 1000, trace = FALSE)
b <- newton(as.vector(t(coef(fit))), function(b, i) chosen(b, i, w[i]))
result$weighted$multinomial <- list(coefficients = named(b, paste0(rep(2:3, each = k), ": ", colnames(X))))

# Overdispersion: Cameron and Trivedi's regression, clustered.
fit <- glm(with_outcome("rollbacks"), poisson, d, control = tight)
mu <- fitted(fit)
auxiliary <- lm(I(((d$rollbacks - mu)^2 - d$rollbacks) / mu) ~ 0 + mu)
tested <- coef_test(auxiliary, vcov = "CR2", cluster = g, test = "Satterthwaite")
result$overdispersion <- list(estimate = tested$beta, std_error = tested$SE, df = tested$df_Satt)

# Levels: expected outcomes at the 10th and 90th percentile of the organisations' clarity, and their delta errors.
ends <- unname(quantile(d$clarity[!duplicated(d$organisation)], c(.1, .9)))
fit <- glm(with_outcome("reached"), binomial, d, control = tight)
mu <- fitted(fit)
own <- last_step(coef(fit), mu * (1 - mu), mu * (1 - mu), d$reached, mu)
level <- function(b, value) mean(plogis(drop(moved(X, "clarity", value) %*% b)))
told <- function(f) { gradient <- numDeriv::grad(f, coef(fit)); list(estimate = f(coef(fit)), std_error = sqrt(drop(gradient %*% own$V %*% gradient)), df = own$df(gradient)) }
result$levels <- list(ends = ends, low = told(function(b) level(b, ends[1])), high = told(function(b) level(b, ends[2])),
                      difference = told(function(b) level(b, ends[2]) - level(b, ends[1])),
                      low_logit = told(function(b) qlogis(level(b, ends[1]))))

# One logit a cut.
result$cuts <- lapply(setNames(2:4, 2:4), function(cut) {
  y <- as.integer(d$stage >= cut)
  fit <- glm(with_outcome("above"), binomial, cbind(d, above = y), control = tight)
  mu <- fitted(fit)
  own <- last_step(coef(fit), mu * (1 - mu), mu * (1 - mu), y, mu)
  list(clarity = coef(fit)[["clarity"]], std_error = sqrt(diag(own$V))[[2]])
})

packages <- c("clubSandwich", "MASS", "nnet", "survival", "survey", "ordinal", "numDeriv", "jsonlite")
result <- c(list(versions = c(list(R = as.character(getRversion())),
                              sapply(packages, function(name) as.character(packageVersion(name)), simplify = FALSE))), result)
write_json(result, "link_models.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
