# Reference numbers for tests/links/diagnostics: leaving out one organisation at a time by plain loops, variance inflation
# by hand, the test of a square, spread of residuals, calibration in groups and for organisations not seen.
# Run from the project's root: Rscript tests/reference/diagnostics.R. Reads tests/reference/links.csv, which links.R
# simulates, and writes tests/reference/diagnostics.json.
# Debian: r-base-core r-cran-clubsandwich r-cran-ordinal r-cran-survey r-cran-jsonlite
suppressMessages({library(clubSandwich); library(ordinal); library(survey); library(jsonlite)})

d <- read.csv("tests/reference/links.csv")
d <- d[complete.cases(d), ]
d$industry <- relevel(factor(d$industry), names(which.max(table(d$industry))))
d$stage <- factor(d$stage)
organisations <- unique(d$organisation)      # in the order in which they come
terms <- ~ clarity + effort + redesigned + industry
with_outcome <- function(y, right = terms) update(right, as.formula(paste(y, "~ .")))
tight <- glm.control(epsilon = 1e-14, maxit = 100)
outcomes <- c(ols = "speed", logit = "reached", poisson = "rollbacks", "ordered logit" = "stage")
fit_of <- function(model, data, right = terms) {
  formula <- with_outcome(outcomes[[model]], right)
  switch(model, ols = lm(formula, data), logit = glm(formula, binomial, data, control = tight),
         poisson = glm(formula, poisson, data, control = tight),
         "ordered logit" = clm(formula, data = data, control = clm.control(gradTol = 1e-12, maxIter = 200L)))
}

# Effect on the expected outcome, averaged over all rows, of the coefficients of any fit.
X <- model.matrix(terms, d)
parts <- function(fit, model) {
  b <- coef(fit)
  if (model != "ordered logit") return(b)
  cuts <- nlevels(d$stage) - 1
  c("(Intercept)" = -b[[cuts]], b[-seq_len(cuts)])
}
mean_of <- list(ols = identity, logit = plogis, poisson = exp, "ordered logit" = plogis)
slope_of <- list(ols = function(e) rep(1, length(e)), logit = dlogis, poisson = exp, "ordered logit" = dlogis)
effect <- function(b, model, predictor) {
  b <- b[colnames(X)]
  if (predictor == "redesigned") {
    to <- function(v) { Z <- X; Z[, predictor] <- v; mean(mean_of[[model]](drop(Z %*% b))) }
    return(to(1) - to(0))
  }
  sd(d[[predictor]]) * b[[predictor]] * mean(slope_of[[model]](drop(X %*% b)))
}

leave_out <- lapply(setNames(names(outcomes), names(outcomes)), function(model) {
  fits <- lapply(organisations, function(g) parts(fit_of(model, d[d$organisation != g, ]), model))
  lapply(setNames(nm = c("clarity", "redesigned")), function(p) sapply(fits, effect, model = model, predictor = p))
})

# CR2 interval of a coefficient without each organisation: least squares, where the effect is the coefficient.
without <- t(sapply(organisations, function(g) {
  rest <- d[d$organisation != g, ]
  fit <- lm(with_outcome("speed"), rest)
  found <- conf_int(fit, vcov = "CR2", cluster = rest$organisation, test = "Satterthwaite", coefs = "redesigned")
  c(found$beta, found$CI_L, found$CI_U)
}))

# Added square, tested: least squares as it is; a logit by the least-squares problem of its last step, as in links.R.
d$square <- as.numeric(scale(d$clarity))^2
bent <- update(terms, ~ . + square)
squares <- list()
fit <- fit_of("ols", d, bent)
squares$ols <- as.list(coef_test(fit, vcov = "CR2", cluster = d$organisation, test = "Satterthwaite", coefs = "square")[c("beta", "SE", "df_Satt", "p_Satt")])
fit <- fit_of("logit", d, bent)
Z <- model.matrix(bent, d); w <- fitted(fit) * (1 - fitted(fit))
last <- lm(sqrt(w) * (drop(Z %*% coef(fit)) + (d$reached - fitted(fit)) / w) ~ 0 + I(sqrt(w) * Z))
found <- coef_test(last, vcovCR(last, cluster = d$organisation, type = "CR2"), test = "Satterthwaite")
squares$logit <- as.list(found[ncol(Z), c("beta", "SE", "df_Satt", "p_Satt")])

# Spread of residuals, and their tails.
fit <- fit_of("ols", d)
e <- resid(fit)
spread <- coef_test(lm(e^2 ~ fitted(fit)), vcov = "CR2", cluster = d$organisation, test = "Satterthwaite")[2, ]
counts <- fit_of("poisson", d)
pearson <- resid(counts, type = "pearson")

# Calibration of the logit: five groups of equal size by what is predicted; organisations stay together.
fit <- fit_of("logit", d)
predicted <- fitted(fit)
edges <- quantile(predicted, 1:4 / 5, names = FALSE)
group <- findInterval(predicted, edges, left.open = TRUE) + 1
groups <- lapply(1:5, function(k) {
  rows <- d[group == k, ]
  design <- svydesign(ids = ~organisation, data = rows, weights = ~1)
  found <- svyciprop(~reached, design, method = "logit", df = length(unique(rows$organisation)) - 1)
  list(n_obs = nrow(rows), n_organisations = length(unique(rows$organisation)), predicted = mean(predicted[group == k]),
       observed = as.numeric(found), std_error = as.numeric(SE(svymean(~reached, design))),
       ci_lower = attr(found, "ci")[[1]], ci_upper = attr(found, "ci")[[2]])
})

# Log odds of rows whose organisation had no part in the coefficients: by fits without it, and by one Newton step.
w <- predicted * (1 - predicted)
lp <- list(exact = numeric(nrow(d)), one_step = numeric(nrow(d)))
for (g in organisations) {
  i <- d$organisation == g
  lp$exact[i] <- drop(X[i, , drop = FALSE] %*% coef(fit_of("logit", d[!i, ])))
  A <- crossprod(X[!i, ] * sqrt(w[!i]))
  moved <- solve(A, -crossprod(X[i, , drop = FALSE], d$reached[i] - predicted[i]))
  lp$one_step[i] <- drop(X[i, , drop = FALSE] %*% (coef(fit) + drop(moved)))
}
slopes <- lapply(lp, function(x) {
  fit <- glm(d$reached ~ x, family = binomial, control = tight)
  Z <- cbind(1, x); w <- fitted(fit) * (1 - fitted(fit))
  last <- lm(sqrt(w) * (drop(Z %*% coef(fit)) + (d$reached - fitted(fit)) / w) ~ 0 + I(sqrt(w) * Z))
  found <- conf_int(last, vcovCR(last, cluster = d$organisation, type = "CR2"), test = "Satterthwaite")[2, ]
  list(slope = found$beta, slope_ci_lower = found$CI_L, slope_ci_upper = found$CI_U)
})

inflation <- diag(solve(cor(X[, -1])))
names(inflation) <- sub("^industry", "industry = ", names(inflation))
packages <- c("clubSandwich", "ordinal", "survey", "jsonlite")
result <- list(
  versions = c(list(R = as.character(getRversion())),
               sapply(packages, function(name) as.character(packageVersion(name)), simplify = FALSE)),
  organisations = organisations, leave_out = leave_out,
  redesigned_without = list(estimate = without[, 1], ci_lower = without[, 2], ci_upper = without[, 3]),
  vif = as.list(inflation), squares = squares,
  spread = list(statistic = spread$tstat, p_value = spread$p_Satt, kurtosis = mean(e^4) / mean(e^2)^2 - 3),
  dispersion = sum(pearson^2) / counts$df.residual,
  groups = groups, slopes = slopes
)
write_json(result, "tests/reference/diagnostics.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
