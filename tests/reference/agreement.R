# Reference numbers for surveykit.measures.agreement.
# Run from the project's root:  Rscript tests/reference/agreement.R
suppressMessages({library(multilevel); library(lme4)})
set.seed(20260601)
organisations <- 30
size <- c(1, 1, sample(2:8, organisations - 2, replace = TRUE))
organisation <- rep(sprintf("o%02d", 1:organisations), size)
n <- length(organisation)
lean <- rep(rnorm(organisations, sd = .7), size)
answer <- function(shift) pmin(5, pmax(1, round(3 + shift + lean + rnorm(n))))
d <- data.frame(organisation, a = answer(0), b = answer(.3), c = answer(-.4))
d$total <- rowMeans(d[c("a", "b", "c")]) + round(rnorm(n, sd = .1), 2)   # without ties, for the ICC
for (o in 1:6) d[[paste0("rank", o)]] <- round(5 - o / 2 + rep(rnorm(organisations), size) + rnorm(n))  # with ties
write.csv(d, "tests/reference/agreement.csv", row.names = FALSE)

rows <- list()
add <- function(what, group, value) rows[[length(rows) + 1]] <<- data.frame(what, group, value = sprintf("%.15g", value))
items <- d[c("a", "b", "c")]; g <- d$organisation
for (sigma2 in c(2, 1.34, .9, .44)) {
  r <- rwg(d$a, g, ranvar = sigma2); add(paste("rwg", sigma2), r$grpid, r$rwg)
  r <- rwg.j(items, g, ranvar = sigma2); add(paste("rwg_j", sigma2), r$grpid, r$rwg.j)
  r <- rwg.j.lindell(items, g, ranvar = sigma2); add(paste("lindell", sigma2), r$grpid, r$rwg.lindell)
}
r <- ad.m(items, g); add("ad mean", r$grpid, r$AD.M)
r <- ad.m(items, g, type = "median"); add("ad median", r$grpid, r$AD.M)
r <- ad.m(d$a, g); add("ad one", r$grpid, r$AD.M)
anova_of <- function(what, d) {
  m <- aov(total ~ as.factor(organisation), data = d)
  add(what, "icc1", ICC1(m)); add(what, "icc2", ICC2(m))
}
anova_of("anova", d)
equal <- do.call(rbind, lapply(split(d, g), function(s) if (nrow(s) >= 4) s[1:4, ]))
anova_of("anova equal", equal)
# Searle's exact limits at equal sizes.
k <- nrow(equal) / 4; ms <- summary(aov(total ~ as.factor(organisation), data = equal))[[1]][["Mean Sq"]]
f <- ms[1] / ms[2] / qf(c(.975, .025), k - 1, k * 3)
limit <- (f - 1) / (f + 3); add("anova equal", "ci_lower", limit[1]); add("anova equal", "ci_upper", limit[2])
# n0 by its own formula, from R's mean squares.
ms <- summary(aov(total ~ as.factor(organisation), data = d))[[1]][["Mean Sq"]]
n0 <- (n - sum(size^2) / n) / (organisations - 1)
add("anova_n0", "icc1", (ms[1] - ms[2]) / (ms[1] + (n0 - 1) * ms[2])); add("anova_n0", "icc2", (ms[1] - ms[2]) / ms[1])
fit <- lmer(total ~ 1 + (1 | organisation), data = d, REML = TRUE, control = lmerControl(optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-14)))
v <- as.data.frame(VarCorr(fit))$vcov; add("reml", "icc1", v[1] / sum(v))
# Kendall's W from Friedman's chi-square, corrected for ties: W = chi2 / (m (n - 1)).
ranks <- as.matrix(d[paste0("rank", 1:6)])
w <- function(x) friedman.test(x)$statistic / (nrow(x) * (ncol(x) - 1))
add("kendall_w", "all", w(ranks))
for (o in unique(g)) if (sum(g == o) > 1) add("kendall_w", o, w(ranks[g == o, , drop = FALSE]))
v <- function(p) as.character(packageVersion(p))
versions <- data.frame(what = "versions", group = c("R", "multilevel", "lme4"), value = c(as.character(getRversion()), v("multilevel"), v("lme4")))
write.csv(rbind(do.call(rbind, rows), versions), "tests/reference/agreement_numbers.csv", row.names = FALSE)
