# Reference numbers for surveykit.estimates.crosstabs.crosstab, raoscott and ranks.
# Run from the project's root:  Rscript tests/reference/crosstab.R
suppressMessages({library(survey); library(jsonlite)})
set.seed(20261107)
sizes <- c(north = 14, south = 12, west = 16)                 # organisations drawn in each stratum
stratum_of <- rep(names(sizes), sizes)
members <- sample(2:7, length(stratum_of), replace = TRUE)
organisation <- rep(sprintf("o%02d", seq_along(stratum_of)), members)
stratum <- rep(stratum_of, members)
n <- length(organisation)
lean <- rep(rnorm(length(stratum_of), sd = .6), members)
weight <- round(runif(n, .4, 2.5), 3)
population <- unname(c(north = 60, south = 40, west = 90)[stratum])
role <- sample(c("board", "manager", "expert"), n, replace = TRUE, prob = c(.25, .4, .35))
y <- pmin(5, pmax(1, round(3 + lean + .5 * (role == "board") + rnorm(n))))
y[sample(n, 9)] <- NA
uses <- sapply(c(pilot = .5, production = .35, agents = .2), function(p) as.integer(runif(n) < plogis(qlogis(p) + lean)))
picked <- sapply(c(data = .6, talent = .45, trust = .3, budget = .15), function(p) as.integer(runif(n) < plogis(qlogis(p) - lean / 2)))
picked[sample(n, 7), ] <- NA
ranks <- t(apply(matrix(rnorm(5 * n), n) + rep(c(0, .2, .5, .8, 1), each = n), 1, rank))
ranks[ranks > 3] <- NA                                        # the best three were ranked
ranks[sample(n, 6), ] <- NA
colnames(ranks) <- paste0("rank_", c("speed", "cost", "quality", "risk", "reach"))
d <- data.frame(organisation, stratum, weight, population, role, y, uses, picked, ranks)
write.csv(d, "tests/reference/crosstab.csv", row.names = FALSE, na = "")

plain <- svydesign(id = ~organisation, strata = ~stratum, weights = ~weight, data = d)
finite <- svydesign(id = ~organisation, strata = ~stratum, weights = ~weight, fpc = ~population, data = d)
jackknife <- as.svrepdesign(plain, type = "JKn", mse = TRUE)
designs <- list(plain = plain, finite = finite, jackknife = jackknife)

# Each figure of a column is a quotient of two totals; two columns may share people. svycontrast carries the covariance.
quotients <- function(design, top, bottom, columns) {
  data <- design$variables
  out <- list()
  for (column in names(columns)) {
    inside <- columns[[column]] == 1 & !is.na(bottom)
    data[[paste0("t_", column)]] <- ifelse(inside & !is.na(top), top, 0)
    data[[paste0("b_", column)]] <- ifelse(inside, bottom, 0)
  }
  design$variables <- data
  names_of <- c(paste0("t_", names(columns)), paste0("b_", names(columns)))
  # With replicates every quotient is worked out anew in each; svycontrast would linearise their totals.
  worked_out <- function(text) {
    what <- parse(text = text)[[1]]
    if (!inherits(design, "svyrep.design")) return(svycontrast(svytotal(reformulate(names_of), design), what))
    withReplicates(design, function(w, data) eval(what, as.list(colSums(w * data[names_of]))))
  }
  for (column in names(columns)) {
    one <- worked_out(sprintf("t_%s / b_%s", column, column))
    out[[column]] <- c(coef(one), SE(one))
  }
  pairs <- combn(names(columns), 2)
  for (k in seq_len(ncol(pairs))) {
    a <- pairs[1, k]; b <- pairs[2, k]
    one <- worked_out(sprintf("t_%s / b_%s - t_%s / b_%s", a, a, b, b))
    out[[paste(a, b, sep = " less ")]] <- c(coef(one), SE(one))
  }
  lapply(out, unname)
}
roles <- lapply(c(board = "board", expert = "expert", manager = "manager"), function(r) as.integer(role == r))
used <- as.list(as.data.frame(uses))
answered <- ifelse(is.na(y), NA, 1)
top2 <- ifelse(is.na(y), NA, as.integer(y >= 4))
rested <- ifelse(rowSums(!is.na(ranks)) > 0, 1, NA)
picks <- rowSums(picked)
found <- list()
for (name in names(designs)) {
  design <- designs[[name]]
  for (banner in c("role", "uses")) {
    columns <- if (banner == "role") roles else used
    found[[name]][[banner]] <- list(
      answer_4 = quotients(design, as.integer(y == 4), answered, columns),
      top_2 = quotients(design, top2, answered, columns),
      mean = quotients(design, y, answered, columns),
      share_talent = quotients(design, picked[, "talent"], ifelse(is.na(picks), NA, 1), columns),
      picks_talent = quotients(design, picked[, "talent"], picks, columns),
      first_cost = quotients(design, as.integer(!is.na(ranks[, 2]) & ranks[, 2] == 1), rested, columns),
      top_2_cost = quotients(design, as.integer(!is.na(ranks[, 2]) & ranks[, 2] <= 2), rested, columns),
      mean_rank_cost = quotients(design, ranks[, 2], ifelse(is.na(ranks[, 2]), NA, 1), columns)
    )
  }
}
# The same by svyby, where columns do not overlap.
by <- svyby(~y, ~role, subset(plain, !is.na(y)), svymean, covmat = TRUE)
less <- svycontrast(by, list(less = c(board = 1, expert = -1, manager = 0)))
found$svyby <- list(mean = unname(coef(by)), se = unname(SE(by)), difference = c(unname(coef(less)), unname(SE(less)[1])))

# Rao and Scott: of those who answered, as a part of the whole design.
tested <- function(design, formula) {
  f <- svychisq(formula, design, statistic = "F"); chisq <- svychisq(formula, design, statistic = "Chisq")
  c(f = unname(f$statistic), df1 = unname(f$parameter[1]), df2 = unname(f$parameter[2]), p = unname(f$p.value),
    chi2 = unname(chisq$statistic), df = unname(chisq$parameter), p_chi2 = unname(chisq$p.value))
}
for (name in names(designs)) {
  given <- subset(designs[[name]], !is.na(y))
  picking <- subset(designs[[name]], !is.na(talent))
  if (name == "jackknife") next                               # R's svychisq takes its degrees of freedom from elsewhere there
  found$rao_scott[[name]] <- list(y = as.list(tested(given, ~y + role)), talent = as.list(tested(picking, ~talent + role)))
}
replicated <- svychisq(~y + role, subset(jackknife, !is.na(y)), statistic = "F")
found$rao_scott$jackknife <- list(f = unname(replicated$statistic), df1 = unname(replicated$parameter[1]))
found$versions <- list(R = as.character(getRversion()), survey = as.character(packageVersion("survey")))
write_json(found, "tests/reference/crosstab.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
