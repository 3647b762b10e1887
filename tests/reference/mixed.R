# Reference numbers for tests/links/test_mixed.py and test_gee.py.
# Run from the project's root: Rscript tests/reference/mixed.R. Writes mixed.csv (simulated here) and mixed.json.
# Debian: r-cran-lme4 r-cran-nlme r-cran-clubsandwich r-cran-geepack r-cran-jsonlite
suppressMessages({ library(lme4); library(nlme); library(clubSandwich); library(geepack); library(jsonlite) })

set.seed(20265)
G <- 40
sizes <- c(rep(1, 6), 1 + rpois(G - 6, 4))
org <- data.frame(organisation = 1:G, clarity = round(rnorm(G, 3.4, 0.6), 2), size = rbinom(G, 1, 0.4), shock = rnorm(G))
d <- org[sample(rep(1:G, sizes)), ]
n <- nrow(d)
d$effort <- round(rnorm(n, 5, 1.2), 2)
lin <- 0.8 * (d$clarity - 3.4) + 0.2 * (d$effort - 5) - 0.3 * d$size
d$speed <- round(5 + 3 * lin + 2 * d$shock + rnorm(n, 0, 3), 2)
d$calm <- round(5 + 3 * lin + rnorm(n, 0, 3), 2)      # nothing between organisations but what the columns tell
d$reached <- as.integer(lin + d$shock + rlogis(n) > 0)
d$rollbacks <- rpois(n, exp(0.4 - 0.5 * lin + 0.5 * d$shock))
d$shock <- NULL
rownames(d) <- NULL
write.csv(d, "tests/reference/mixed.csv", row.names = FALSE)
terms <- ~ clarity + effort + size
with_outcome <- function(y) update(terms, as.formula(paste(y, "~ .")))
X <- model.matrix(terms, d)
k <- ncol(X)
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 1e-2, rhoend = 1e-13, maxfun = 1e5), check.conv.singular = "ignore")

# clubSandwich on the rows freed of what goes together in an organisation (least squares on them is the model), and on
# lmer itself, where it takes another square root of the same matrix.
cr2 <- function(X, e, g) {
  last <- lm(e ~ 0 + X)
  V <- vcovCR(last, cluster = g, type = "CR2")
  df <- sapply(seq_len(ncol(X)), function(j) linear_contrast(last, vcov = V, contrasts = t(diag(ncol(X))[j, ]), test = "Satterthwaite")$df)
  list(std_errors = unname(sqrt(diag(as.matrix(V)))), df = df)
}
freed <- function(M, g, ratio) {   # the root from an eigendecomposition, not from the formula under test
  M <- as.matrix(M)
  for (i in split(seq_along(g), g)) {
    E <- eigen(diag(length(i)) + ratio, symmetric = TRUE)
    M[i, ] <- E$vectors %*% diag(1 / sqrt(E$values), length(i)) %*% t(E$vectors) %*% M[i, , drop = FALSE]
  }
  M
}
mixed <- function(y) {
  fit <- lmer(update(with_outcome(y), . ~ . + (1 | organisation)), d, REML = TRUE, control = tight)
  # The ratio once more, as the root of the criterion's slope: bobyqa alone is good to 1e-8 of theta.
  dev <- lmer(update(with_outcome(y), . ~ . + (1 | organisation)), d, REML = TRUE, devFunOnly = TRUE)
  theta <- getME(fit, "theta")
  shares <- function(r) dev(sqrt(r / (1 - r)))
  share <- theta^2 / (1 + theta^2)
  cut <- dev(theta) + qchisq(.95, 1)
  limit <- function(a, b) if ((shares(a) - cut) * (shares(b) - cut) > 0) a else uniroot(function(r) shares(r) - cut, c(a, b), tol = 1e-13)$root
  v <- as.data.frame(VarCorr(fit))$vcov
  ratio <- v[1] / v[2]
  out <- list(coefficients = unname(fixef(fit)), between = v[1], within = v[2], criterion = REMLcrit(fit),
              icc_lower = unname(limit(0, share)), icc_upper = unname(limit(1 - 1e-9, share)),
              model_errors = unname(sqrt(diag(as.matrix(vcov(fit))))),
              cr2 = cr2(freed(X, d$organisation, ratio), freed(d[[y]], d$organisation, ratio), d$organisation),
              lmer_cr2 = unname(sqrt(diag(as.matrix(vcovCR(fit, type = "CR2"))))),
              lmer_df = unname(coef_test(fit, vcov = "CR2", test = "Satterthwaite")$df))
  if (v[1] > 0) {
    fit <- lme(with_outcome(y), random = ~ 1 | organisation, data = d, control = lmeControl(tolerance = 1e-12, msTol = 1e-12))
    out$lme <- list(coefficients = unname(fixef(fit)), between = getVarCov(fit)[1, 1], within = fit$sigma^2)
  }
  out
}

gee <- function(y, family, model, corstr) {
  o <- d[order(d$organisation), ]
  fit <- geeglm(with_outcome(y), family = family, data = o, id = organisation, corstr = corstr,
                control = geese.control(epsilon = 1e-14, maxit = 200))
  s <- summary(fit)
  alpha <- if (corstr == "exchangeable") s$corr[1, 1] else 0
  # Last step of the fit as least squares on freed rows.
  mu <- drop(fitted(fit)); v <- family$variance(mu); e <- (o[[y]] - mu) / sqrt(v); XX <- model.matrix(terms, o)
  XW <- freed(XX * sqrt(v), o$organisation, alpha / (1 - alpha))
  z <- drop(XW %*% coef(fit)) + drop(freed(e, o$organisation, alpha / (1 - alpha)))
  list(coefficients = unname(coef(fit)), std_errors = unname(sqrt(diag(vcov(fit)))), correlation = alpha,
       scale = s$dispersion[1, 1], cr2 = cr2(XW, z, o$organisation))
}
families <- list(speed = gaussian(), reached = binomial(), rollbacks = poisson())
packages <- c("lme4", "nlme", "clubSandwich", "geepack", "jsonlite")
result <- list(
  versions = c(list(R = as.character(getRversion())), sapply(packages, function(p) as.character(packageVersion(p)), simplify = FALSE)),
  mixed = sapply(c("speed", "calm"), mixed, simplify = FALSE),
  gee = lapply(c(exchangeable = "exchangeable", independence = "independence"), function(corstr)
    sapply(names(families), function(y) gee(y, families[[y]], y, corstr), simplify = FALSE))
)
write_json(result, "tests/reference/mixed.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
