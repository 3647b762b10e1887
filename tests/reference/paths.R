# Reference numbers for tests/links: moderation (simple slopes, joint tests, regions) and mediation (paths, resamples).
# Run from this folder: Rscript paths.R. Writes paths.csv (simulated here) and paths.json.
# Debian: r-base-core r-cran-clubsandwich r-cran-ordinal r-cran-numderiv r-cran-lavaan r-cran-jsonlite
suppressMessages({ library(clubSandwich); library(ordinal); library(numDeriv); library(lavaan); library(jsonlite) })

set.seed(20267)
G <- 60
sizes <- 1 + rpois(G, 3)
org <- data.frame(organisation = sprintf("org%02d", 1:G), clarity = round(rnorm(G, 3.4, 0.6), 2),
                  size = sample(c("Large", "Medium", "Small", "Tiny"), G, TRUE, c(.2, .4, .25, .15)), shock = rnorm(G, 0, 0.5))
org$capacity <- round(3 + 0.5 * (org$clarity - 3.4) + rnorm(G, 0, 0.5), 2)
org$owned <- as.integer(org$clarity + rnorm(G) > 3.4)
d <- org[rep(1:G, sizes), ]
n <- nrow(d)
d$effort <- round(rnorm(n, 50, 10) + 4 * d$owned, 1)
d$redesigned <- rbinom(n, 1, 0.45)
slope <- c(Large = 1.4, Medium = 0.6, Small = 0.4, Tiny = 0)[d$size]
lin <- slope * (d$clarity - 3.4) + 0.6 * (d$capacity - 3) + 0.03 * (d$effort - 50) * (1 + d$clarity - 3.4) + 0.4 * d$redesigned + d$shock
d$reached <- as.integer(lin + rlogis(n) > 0.2)
d$stage <- 1 + (lin + rlogis(n) > -0.5) + (lin + rlogis(n) > 1)
d$speed <- round(5 + 3 * lin + rnorm(n, 0, 4), 2)
d$rollbacks <- rpois(n, exp(0.4 - 0.4 * lin))
d$shock <- NULL
rownames(d) <- NULL
write.csv(d, "paths.csv", row.names = FALSE)
d$size <- relevel(factor(d$size), names(which.max(table(d$size))))
tight <- glm.control(epsilon = 1e-14, maxit = 100)
g <- factor(d$organisation)
once <- d[!duplicated(d$organisation), ]

inverse <- list(ols = identity, logit = plogis, poisson = exp, "ordered logit" = plogis)
outcomes <- c(ols = "speed", logit = "reached", poisson = "rollbacks", "ordered logit" = "stage")

# Moderation. Products of plain columns: another parameterisation of the same fit, so effects must be the same.
moderated <- function(model, predictor, moderator, values, per, held) {
  right <- paste(c(paste(predictor, "*", moderator), held), collapse = " + ")
  f <- as.formula(paste(outcomes[[model]], "~", right))
  X <- model.matrix(f, d)
  mean_at <- inverse[[model]]
  if (model == "ordered logit") {
    fit <- clm(update(f, factor(stage) ~ .), data = d, control = clm.control(gradTol = 1e-12, maxIter = 200L))
    b <- c(-coef(fit)[[2]], coef(fit)[-(1:2)])
  } else {
    fit <- switch(model, ols = lm(f, d), logit = glm(f, binomial, d, control = tight), poisson = glm(f, poisson, d, control = tight))
    b <- coef(fit)
  }
  rows <- function(value, by) {
    Z <- d
    Z[[moderator]] <- if (is.factor(d[[moderator]])) factor(value, levels(d[[moderator]])) else value
    Z[[predictor]] <- if (is.na(by)) rep(1, nrow(d)) else d[[predictor]]
    model.matrix(f, Z)
  }
  effect <- function(b, value) {
    if (is.na(per)) {
      high <- rows(value, NA); low <- high
      Z <- d; Z[[moderator]] <- if (is.factor(d[[moderator]])) factor(value, levels(d[[moderator]])) else value; Z[[predictor]] <- 0
      low <- model.matrix(f, Z)
      return(mean(mean_at(drop(high %*% b)) - mean_at(drop(low %*% b))))
    }
    # The derivative by the predictor, written as the difference of two designs a unit apart.
    here <- rows(value, 1)
    Z <- d; Z[[moderator]] <- if (is.factor(d[[moderator]])) factor(value, levels(d[[moderator]])) else value; Z[[predictor]] <- d[[predictor]] + 1
    along <- drop((model.matrix(f, Z) - here) %*% b)
    eta <- drop(here %*% b)
    slope <- switch(model, ols = rep(1, length(eta)), logit = dlogis(eta), poisson = exp(eta), "ordered logit" = dlogis(eta))
    per * mean(slope * along)
  }
  out <- list(slopes = sapply(values, function(v) effect(b, v)))
  if (model == "ordered logit") return(out)
  w <- switch(model, ols = rep(1, n), logit = fitted(fit) * (1 - fitted(fit)), poisson = fitted(fit))
  y <- model.frame(fit)[[1]]
  last <- lm(sqrt(w) * (drop(X %*% b) + (y - fitted(fit)) / w) ~ 0 + I(sqrt(w) * X))
  V <- vcovCR(last, cluster = g, type = "CR2")
  linear <- function(c) linear_contrast(last, vcov = V, contrasts = t(c), test = "Satterthwaite")
  gradients <- lapply(values, function(v) grad(effect, b, value = v))
  told <- lapply(gradients, linear)
  out$errors <- sapply(told, function(t) t$SE)
  out$df <- sapply(told, function(t) t$df)
  reference <- if (is.factor(d[[moderator]])) which(values == levels(d[[moderator]])[1]) else 1
  others <- if (is.factor(d[[moderator]])) setdiff(seq_along(values), reference) else length(values)
  C <- do.call(rbind, lapply(others, function(k) gradients[[k]] - gradients[[reference]]))
  gap <- out$slopes[others] - out$slopes[[reference]]
  out$differences <- gap
  out$difference_errors <- apply(C, 1, function(c) sqrt(drop(c %*% as.matrix(V) %*% c)))
  # Wald_test tests C b = 0 with the fit's own b: by hand, F is eta-scaled Q, and eta comes from it.
  scaled <- function(C, values) {
    tested <- Wald_test(last, constraints = C, vcov = V, test = "HTZ")
    q <- nrow(C)
    eta <- tested$df_denom + q - 1
    Q <- drop(values %*% solve(C %*% as.matrix(V) %*% t(C), values))
    F <- (eta - q + 1) / (eta * q) * Q
    list(statistic = F, df_num = q, df = tested$df_denom, p_value = pf(F, q, tested$df_denom, lower.tail = FALSE), own = tested$Fstat)
  }
  out$test <- scaled(C, gap)
  products <- diag(length(b))[grep(":", names(b)), , drop = FALSE]
  out$product_test <- scaled(products, drop(products %*% b))
  stopifnot(all.equal(out$product_test$statistic, out$product_test$own, tolerance = 1e-10))
  if (model == "ols" && is.numeric(d[[moderator]]) && length(unique(d[[moderator]])) > 2) {
    excess <- Vectorize(function(v) { t <- linear(grad(effect, b, value = v)); abs(effect(b, v)) - qt(.975, t$df) * t$SE })
    ends <- range(d[[moderator]])
    grid <- seq(ends[1], ends[2], length.out = 41)
    at <- excess(grid)
    out$crossings <- sapply(which(diff(sign(at)) != 0), function(k) uniroot(excess, grid[k + 0:1], tol = 1e-12)$root)
    out$ends_inside <- c(at[1] > 0, at[41] > 0)
  }
  out
}

number <- function(name, rows) { m <- mean(rows[[name]]); s <- sd(rows[[name]]); c(low = m - s, middle = m, high = m + s) }
sets <- list(
  "clarity by effort" = list("clarity", "effort", number("effort", d), sd(once$clarity), c("redesigned", "capacity")),
  "effort by clarity" = list("effort", "clarity", number("clarity", once), sd(d$effort), c("redesigned", "size")),
  "clarity by redesigned" = list("clarity", "redesigned", c("0" = 0, "1" = 1), sd(once$clarity), c("effort", "capacity")),
  "redesigned by effort" = list("redesigned", "effort", number("effort", d), NA, c("clarity")),
  "clarity by size" = list("clarity", "size", setNames(sort(levels(d$size)), sort(levels(d$size))), sd(once$clarity), c("effort"))
)
moderation <- lapply(sets, function(s) sapply(names(outcomes), function(model) moderated(model, s[[1]], s[[2]], s[[3]], s[[4]], s[[5]]), simplify = FALSE))

# Mediation. Effects by hand from the coefficients of lm and glm; lavaan agrees on the linear ones.
mean_by <- function(v) ave(v, d$organisation)
cases <- list(
  "2-2-1" = list(x = d$clarity, m = d$capacity, C = model.matrix(~ size, d)[, -1], W = NULL, per = sd(once$clarity)),
  "1-1-1" = list(x = d$effort, m = d$speed, C = cbind(d$redesigned), W = NULL, per = sd(d$effort)),
  "2-1-1" = list(x = d$clarity, m = mean_by(d$effort), C = model.matrix(~ size, d)[, -1], W = d$effort - mean_by(d$effort), per = sd(once$clarity)),
  "0/1" = list(x = d$owned, m = d$capacity, C = model.matrix(~ size, d)[, -1], W = NULL, per = NA)
)
carried <- function(case, y, binary, w = rep(1, n)) {
  a <- lm.wfit(cbind(case$x, 1, case$C), case$m, w)$coefficients[[1]]
  Z <- cbind(case$x, case$m, 1, case$C, case$W)
  step <- is.na(case$per)
  if (!binary) {
    b <- lm.wfit(Z, y, w)$coefficients
    size <- if (step) 1 else case$per
    return(c(a = a, b = b[[2]], indirect = size * a * b[[2]], direct = size * b[[1]], total = size * (b[[1]] + a * b[[2]])))
  }
  theta <- suppressWarnings(glm.fit(Z, y, w, family = binomial(), control = tight))$coefficients
  theta[is.na(theta)] <- 0
  p <- function(x, carried) { Z[, 1] <- x; Z[, 2] <- case$m + a * (carried - case$x); weighted.mean(plogis(drop(Z %*% theta)), w) }
  up <- if (step) 1 else case$x + case$per / 2
  down <- if (step) 0 else case$x - case$per / 2
  c(a = a, b = theta[[2]], indirect = (p(up, up) - p(up, down) + p(down, up) - p(down, down)) / 2,
    direct = (p(up, up) - p(down, up) + p(up, down) - p(down, down)) / 2, total = p(up, up) - p(down, down))
}
draws <- function(case, y, binary, B) t(replicate(B, {
  drawn <- tabulate(sample(G, G, TRUE), G)
  carried(case, y, binary, drawn[as.integer(g)])[c("indirect", "direct", "total")]
}))
summary_of <- function(found) list(std_error = apply(found, 2, sd), lower = apply(found, 2, quantile, .025), upper = apply(found, 2, quantile, .975))
given <- t(replicate(8, tabulate(sample(G, G, TRUE), G)))
mediation <- lapply(cases, function(case) lapply(list(ols = FALSE, logit = TRUE), function(binary) {
  y <- if (binary) d$reached else if (identical(case$m, d$speed)) d$rollbacks else d$speed
  out <- as.list(carried(case, y, binary))
  out$given <- t(apply(given, 1, function(c) carried(case, y, binary, c[as.integer(g)])[c("indirect", "direct", "total")]))
  if (!binary) {
    Q <- cbind(1, case$x, case$C)
    out$rho <- cor(lm.fit(Q, case$m)$residuals, lm.fit(cbind(Q, case$W), y)$residuals)
    frame <- data.frame(y = y, m = case$m, x = case$x, case$C)
    if (!is.null(case$W)) frame$W <- case$W
    controls <- setdiff(names(frame), c("y", "m", "x"))
    fit <- sem(paste0("m ~ a*x +", paste(setdiff(controls, "W"), collapse = "+"), "\n y ~ b*m + c*x +", paste(controls, collapse = "+"), "\n ab := a*b"),
               frame, fixed.x = TRUE)
    out$lavaan <- as.list(coef(fit, type = "user")[c("a", "b", "c", "ab")])
  }
  out
}))
plain <- list(ols = summary_of(draws(cases[["2-2-1"]], d$speed, FALSE, 20000)), logit = summary_of(draws(cases[["2-2-1"]], d$reached, TRUE, 4000)))

packages <- c("clubSandwich", "ordinal", "numDeriv", "lavaan", "jsonlite")
result <- list(
  versions = c(list(R = as.character(getRversion())), sapply(packages, function(name) as.character(packageVersion(name)), simplify = FALSE)),
  moderation = lapply(moderation, lapply, function(each) lapply(each, function(v) if (is.null(names(v)) || is.list(v)) v else as.list(v))),
  organisations = levels(g), counts = given, mediation = mediation,
  resampled = lapply(plain, lapply, as.list)
)
write_json(result, "paths.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
