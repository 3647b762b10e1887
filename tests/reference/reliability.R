# Reference numbers for surveykit.measures.reliability.
# Run from the project's root:  Rscript tests/reference/reliability.R
suppressMessages({library(psych); library(lavaan)})
set.seed(20261124)
n <- 260
loading <- c(.5, .6, .7, .8, .65, .45); spread <- c(1, 1.4, .8, 1.1, 1.6, .9)
opinion <- outer(rnorm(n), loading) + t(t(matrix(rnorm(n * 6), n)) * sqrt(1 - loading^2))
d <- as.data.frame(pmin(pmax(round(3.4 + t(t(opinion) * spread)), 1), 5))
names(d) <- letters[1:6]
gaps <- matrix(runif(n * 6) < rep(c(.02, .02, .15, .02, .08, .02), each = n), n)
d[gaps] <- NA
d[1, ] <- NA
write.csv(d, "tests/reference/reliability.csv", row.names = FALSE, na = "")
hs <- read.csv("tests/exports/files/semopy/holzinger_swineford39_data.csv")
sets <- list(survey = na.omit(d), visual = hs[c("x1", "x2", "x3")], textual = hs[c("x4", "x5", "x6")],
             speed = hs[c("x7", "x8", "x9")], all = hs[paste0("x", 1:9)])

rows <- list()
add <- function(what, statistic, value) rows[[length(rows) + 1]] <<- data.frame(what, statistic, value = sprintf("%.15g", value))
feldt <- function(what, alpha, n, j) {
  f <- alpha.ci(alpha, n.obs = n, n.var = j)
  add(what, "ci_lower", f$lower.ci); add(what, "ci_upper", f$upper.ci); add(what, "n_obs", n)
}
# Normal-theory covariance of two correlations (Pearson and Filon, 1898), summed pair by pair: the slow way.
sum_error <- function(r, n) {
  j <- nrow(r); total <- 0
  for (a in 1:j) for (b in 1:j) for (k in 1:j) for (l in 1:j) if (a != b && k != l)
    total <- total + .5 * r[a, b] * r[k, l] * (r[a, k]^2 + r[a, l]^2 + r[b, k]^2 + r[b, l]^2) + r[a, k] * r[b, l] + r[a, l] * r[b, k] -
      (r[a, b] * r[a, k] * r[a, l] + r[a, b] * r[b, k] * r[b, l] + r[k, a] * r[k, b] * r[k, l] + r[l, a] * r[l, b] * r[l, k])
  sqrt(total / (n - 1))
}
standardised <- function(what, alpha, r, n) {
  j <- nrow(r)
  away <- qt(.975, n - 1) * sum_error(r, n) * j^2 / ((j - 1) * sum(r)^2) / (1 - alpha)
  add(what, "estimate", alpha); add(what, "ci_lower", 1 - (1 - alpha) * exp(away)); add(what, "ci_upper", 1 - (1 - alpha) * exp(-away))
}
# Omega as a parameter defined from those of a factor model, with robust standard errors, limits on the logit scale.
# Searched as far as digits go: further than lavaan's own check of the end allows, so that its standard errors are forced.
lavaan_omega <- function(what, x) {
  j <- ncol(x); l <- paste0("l", 1:j); t <- paste0("t", 1:j)
  model <- paste0("common =~ ", paste0(l, "*", names(x), collapse = " + "), "\n", paste0(names(x), " ~~ ", t, "*", names(x), collapse = "\n"),
                  "\nomega := (", paste(l, collapse = " + "), ")^2 / ((", paste(l, collapse = " + "), ")^2 + ", paste(t, collapse = " + "), ")")
  fit <- suppressWarnings(cfa(model, x, std.lv = TRUE, estimator = "MLR", observed.information = c("hessian", "hessian"),
             optim.force.converged = TRUE, control = list(rel.tol = 1e-13)))
  p <- subset(parameterEstimates(fit), lhs == "omega")
  away <- qt(.975, nrow(x) - 1) * p$se / (p$est * (1 - p$est))
  add(what, "estimate", p$est); add(what, "ci_lower", plogis(qlogis(p$est) - away)); add(what, "ci_upper", plogis(qlogis(p$est) + away))
}
for (name in names(sets)) {
  x <- sets[[name]]; j <- ncol(x)
  a <- suppressWarnings(alpha(x, warnings = FALSE)); r <- cor(x); off <- r[lower.tri(r)]
  add(paste("alpha", name), "estimate", a$total$raw_alpha); feldt(paste("alpha", name), a$total$raw_alpha, nrow(x), j)
  standardised(paste("standardised", name), a$total$std.alpha, r, nrow(x))
  add(paste("inter", name), "mean", a$total$average_r); add(paste("inter", name), "lowest", min(off)); add(paste("inter", name), "highest", max(off))
  add(paste("item_rest_r", name), names(x), a$item.stats$r.drop)
  add(paste("alpha_if_dropped", name), names(x), a$alpha.drop$raw_alpha)
  lavaan_omega(paste("omega ml", name), x)
  # Standardised items: the same ratio from the loadings of psych, and psych's own total over the observed variance.
  for (fm in c("minres", "ml")) {
    l <- as.numeric(fa(x, 1, fm = fm)$loadings)
    add(paste("omega psych", fm, name), "estimate", sum(l)^2 / (sum(l)^2 + sum(1 - l^2)))
    o <- suppressMessages(suppressWarnings(omega(x, 1, fm = fm, plot = FALSE, digits = 15)))
    add(paste("omega.tot", fm, name), "estimate", o$omega.tot)
  }
}
a <- suppressWarnings(alpha(d, use = "pairwise", warnings = FALSE))
both <- crossprod(!is.na(d)); harmonic <- floor(length(both) / sum(1 / both))
add("alpha pairwise", "estimate", a$total$raw_alpha); feldt("alpha pairwise", a$total$raw_alpha, harmonic, 6)
standardised("standardised pairwise", a$total$std.alpha, cov2cor(cov(d, use = "pairwise")), harmonic)
add("mean", names(d), a$item.stats$mean); add("std", names(d), a$item.stats$sd); add("n_missing", names(d), colSums(is.na(d)))
for (kind in c("listwise", "pairwise")) {
  x <- if (kind == "listwise") na.omit(d) else d[rowSums(!is.na(d)) > 0, ]
  rho <- suppressWarnings(suppressMessages(polychoric(x, correct = 0, global = FALSE)$rho))
  add(paste("ordinal", kind), "estimate", alpha(rho)$total$raw_alpha)
}
v <- function(p) as.character(packageVersion(p))
versions <- data.frame(what = "versions", statistic = c("R", "psych", "lavaan"), value = c(as.character(getRversion()), v("psych"), v("lavaan")))
write.csv(rbind(do.call(rbind, rows), versions), "tests/reference/reliability_numbers.csv", row.names = FALSE)
