# Reference numbers for surveykit.measures.factors: correlations of ordered answers, factors, fit, invariance.
# Run from the project's root:  Rscript tests/reference/factors.R   Writes factors.csv (simulated here) and factors.json.
suppressMessages({library(psych); library(polycor); library(mvtnorm); library(lavaan); library(jsonlite)})
set.seed(20260704)
n <- 420
group <- sample(c("Energy", "Finance", "Health"), n, TRUE, c(.3, .3, .4))
shift <- c(Energy = 0, Finance = .3, Health = -.2)[group]; spread <- c(Energy = 1, Finance = 1.2, Health = .8)[group]
opinion <- shift + spread * rnorm(n)
cut_at <- function(x, at) as.integer(cut(x, c(-Inf, at, Inf)))
d <- data.frame(group)
load <- c(.8, .7, .6, .75, .5, .65)
for (i in 1:6) {  # continuous: c4 has another loading and c2 another intercept in Finance
  slope <- load[i] - ifelse(i == 4 & group == "Finance", .3, 0)
  d[[paste0("c", i)]] <- round(10 + 2 * i + i * (slope * opinion + sqrt(1 - load[i]^2) * rnorm(n)) + ifelse(i == 2 & group == "Finance", .8, 0), 4)
}
cuts <- list(c(-1.5, -.5, .5, 1.5), c(-2, -1.2, -.4, .6), c(-1, 0, .8, 1.8), c(-1.4, -.7, .2, 1), c(-2.2, -1.5, -.9, .3), c(-.8, .1, .9, 1.6))
for (i in 1:6) d[[paste0("o", i)]] <- cut_at(load[i] * opinion + sqrt(1 - load[i]^2) * rnorm(n), cuts[[i]])
d$near <- cut_at(opinion + .2 * rnorm(n), c(-1.4, -.3, .4, 1.3))       # with its neighbours beyond .95
d$nearer <- cut_at(opinion + .05 * rnorm(n), c(-1, -.2, .5, 1.1))
d$far <- cut_at(-opinion + .1 * rnorm(n), c(-1.2, -.5, .3, 1.2))
d$binary <- cut_at(.6 * opinion + .8 * rnorm(n), .4)
for (name in c("o2", "o5", "c3")) d[sample(n, 25), name] <- NA
write.csv(d, "tests/reference/factors.csv", row.names = FALSE)
d <- read.csv("tests/reference/factors.csv")

# polychor searches to 1e-4 at best, and is off by up to .015 beyond .95 here, where psych is not: the same two steps,
# with cells by TVPACK, searched to the end around psych's estimate.
tight <- function(x, y, first) {
  tab <- table(x, y); k <- sum(tab)
  at <- function(m) c(-Inf, qnorm(head(cumsum(m), -1) / k), Inf)
  a <- at(rowSums(tab)); b <- at(colSums(tab))
  below <- function(u, v, r) if (u == -Inf || v == -Inf) 0 else if (u == Inf) pnorm(v) else if (v == Inf) pnorm(u) else
    pmvnorm(upper = c(u, v), corr = matrix(c(1, r, r, 1), 2), algorithm = TVPACK(abseps = 1e-15))[1]
  loss <- function(z) {
    r <- tanh(z); f <- outer(seq_along(a), seq_along(b), Vectorize(function(i, j) below(a[i], b[j], r)))
    p <- diff(t(diff(f))); -sum(t(tab)[t(tab) > 0] * log(pmax(p[t(tab) > 0], 1e-300)))
  }
  tanh(optimize(loss, atanh(first) + c(-.02, .02), tol = 1e-10)$minimum)
}
ordinal <- c(paste0("o", 1:6), "near", "nearer", "far", "binary")
pairs <- t(combn(ordinal, 2))
by_psych <- suppressWarnings(polychoric(d[ordinal], correct = 0, global = FALSE)$rho)
polychoric_of <- data.frame(item = pairs[, 1], other = pairs[, 2], psych = mapply(function(i, j) by_psych[i, j], pairs[, 1], pairs[, 2]))
polychoric_of$polycor <- suppressWarnings(apply(pairs, 1, function(p) polychor(d[[p[1]]], d[[p[2]]], ML = FALSE)))
polychoric_of$tight <- mapply(function(i, j, r) tight(d[[i]], d[[j]], r), pairs[, 1], pairs[, 2], polychoric_of$psych)

o <- na.omit(d[paste0("o", 1:6)]); c6 <- na.omit(d[paste0("c", 1:6)])
hs <- read.csv("tests/exports/files/semopy/holzinger_swineford39_data.csv"); x9 <- hs[paste0("x", 1:9)]
set.seed(12); z <- rnorm(40)   # few respondents and one item nearly the factor: its own variance comes out negative
small <- as.data.frame(round(sapply(c(.97, .5, .4, .3), function(l) l * z + sqrt(1 - l^2) * rnorm(40)), 3))
names(small) <- paste0("h", 1:4)
loadings_of <- function(r) sapply(c("minres", "ml"), function(fm) abs(unclass(fa(r, 1, fm = fm)$loadings)[, 1]), simplify = FALSE)
factanal_of <- function(r) unname(factanal(covmat = r, factors = 1, control = list(opt = list(factr = 1e2)))$loadings[, 1])
one_factor_loadings <- list(ordinal = c(loadings_of(cor(o)), list(factanal = factanal_of(cor(o)))),
                            hs = c(loadings_of(cor(x9)), list(factanal = factanal_of(cor(x9)))),
                            small = list(factanal = abs(factanal_of(cor(small)))))  # at the least uniqueness, .005

factorability <- lapply(list(ordinal = o, hs = x9), function(x) {
  k <- KMO(x); b <- cortest.bartlett(cor(x), n = nrow(x))
  list(kmo = k$MSA, by_item = unname(k$MSAi), chi_square = b$chisq, df = b$df, p_value = b$p.value, n_obs = nrow(x))
})

# Horn's analysis with permuted columns: eigenvalues from psych, the 95% points from 4000 permutations here.
permuted <- replicate(4000, eigen(cor(apply(x9, 2, sample)), TRUE, TRUE)$values)
horn <- list(eigenvalue = eigen(cor(x9), TRUE, TRUE)$values, reference = unname(apply(permuted, 1, quantile, .95)),
             psych_components = suppressMessages(fa.parallel(x9, fa = "pc", plot = FALSE, quant = .95, sim = FALSE, n.iter = 200)$ncomp))

measures <- c("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "srmr", "ntotal")
cfa_of <- function(model, data) {
  fit <- suppressWarnings(cfa(model, data, std.lv = TRUE))
  e <- parameterEstimates(fit, standardized = TRUE); l <- e[e$op == "=~", ]
  u <- e[e$op == "~~" & e$lhs == e$rhs & e$lhs %in% l$rhs, ]
  f <- e[e$op == "~~" & e$lhs != e$rhs, ]
  list(fit = as.list(unclass(fitMeasures(fit, measures))), factor = l$lhs, item = l$rhs, estimate = l$est, std_error = l$se,
       standardised = l$std.all, uniqueness = u$est[match(l$rhs, u$lhs)], correlations = f$est, correlation_errors = f$se)
}
one <- function(items) paste("f =~", paste(items, collapse = " + "))
three <- "visual =~ x1 + x2 + x3\n textual =~ x4 + x5 + x6\n speed =~ x7 + x8 + x9"
confirmatory <- list(hs = cfa_of(three, hs), hs_one = cfa_of(one(names(x9)), hs), hs_visual = cfa_of(one(c("x1", "x2", "x3")), hs),
  ordinal = cfa_of(one(names(o)), d), continuous = cfa_of(one(names(c6)), d), small = cfa_of(one(names(small)), small))

levels_of <- function(items, by, data) {
  kinds <- list(configural = "", metric = "loadings", scalar = c("loadings", "intercepts"))
  fits <- lapply(kinds, function(equal) cfa(one(items), data, group = by, group.equal = equal))
  out <- lapply(fits, function(f) as.list(unclass(fitMeasures(f, measures))))
  test <- lavTestLRT(fits$configural, fits$metric, fits$scalar)
  list(fit = out, delta = test[["Chisq diff"]], delta_df = test[["Df diff"]], delta_p = test[["Pr(>Chisq)"]],
       means = unname(sapply(lavInspect(fits$scalar, "est"), function(e) e$alpha)))
}
invariance <- list(hs = levels_of(names(x9), "school", hs), hs_textual = levels_of(c("x4", "x5", "x6"), "school", hs),
                   continuous = levels_of(names(c6), "group", d), ordinal = levels_of(names(o), "group", d))

v <- function(p) as.character(packageVersion(p))
packages <- c("psych", "polycor", "mvtnorm", "lavaan", "jsonlite")
versions <- c(list(R = as.character(getRversion())), setNames(lapply(packages, v), packages))
result <- list(versions = versions, polychoric = polychoric_of, loadings = one_factor_loadings, factorability = factorability,
               parallel = horn, small = small, confirmatory = confirmatory, invariance = invariance)
writeLines(toJSON(result, digits = 15, auto_unbox = TRUE, pretty = 1, dataframe = "columns"), "tests/reference/factors.json")
