# Reference numbers for surveykit.estimates.waves.change.
# Run from the project's root:  Rscript tests/reference/waves.R
suppressMessages({library(survey); library(jsonlite)})
set.seed(20260604)
options(survey.lonely.psu = "fail")
size <- 24                                      # organisations in each wave, a third of them in each stratum
part <- function(sample, shared) {
  first <- 1:size
  second <- if (shared == 0) size + 1:size else c(tail(first, shared), if (shared < size) size + 1:(size - shared))
  stratum <- function(o) c("high", "low", "mid")[(o - 1) %% 3 + 1]
  lean <- rnorm(2 * size, sd = .7) + c(.8, -.8, 0)[(1:(2 * size) - 1) %% 3 + 1]
  wave <- function(name, organisations, shift) {
    o <- rep(organisations, sample(1:6, size, replace = TRUE))
    drift <- rnorm(2 * size, sd = .3)
    d <- data.frame(sample, wave = name, organisation = sprintf("o%02d", o), stratum = stratum(o))
    d$weight <- round(c(high = 1, mid = 2.5, low = 4)[d$stratum] * runif(nrow(d), .8, 1.2), 3)
    d$held <- c(high = 20, mid = 40, low = 60)[d$stratum]
    d$score <- round(3 + shift + lean[o] + drift[o] + rnorm(nrow(d), sd = .9), 2)
    d$yes <- as.integer(lean[o] + drift[o] + shift + rlogis(nrow(d)) > .6)
    d$score[sample(nrow(d), 4)] <- NA
    d
  }
  rbind(wave("2025", first, 0), wave("2026", second, .3))
}
d <- rbind(part("repeated", size), part("overlapping", size / 2), part("fresh", 0))
write.csv(d, "tests/reference/waves.csv", row.names = FALSE)

rows <- list()
add <- function(sample, design, variable, statistic, value) {
  rows[[length(rows) + 1]] <<- list(sample = sample, design = design, variable = variable, statistic = statistic,
                                    value = as.numeric(value))
}
change <- function(sample, name, variable, design) {
  by <- svyby(as.formula(paste0("~", variable)), ~wave, design, svymean, covmat = TRUE)
  add(sample, name, variable, "before", coef(by)[1]); add(sample, name, variable, "after", coef(by)[2])
  found <- svycontrast(by, c(-1, 1))
  add(sample, name, variable, "estimate", coef(found)); add(sample, name, variable, "std_error", SE(found))
}
every <- d
for (variable in c("score", "yes")) {
  d <- every[!is.na(every[[variable]]), ]   # every organisation keeps an answer; survey refuses missing ones here
  stopifnot(nrow(unique(every[c("sample", "wave", "organisation")])) == nrow(unique(d[c("sample", "wave", "organisation")])))
  s <- d[d$sample == "repeated", ]
  change("repeated", "plain", variable, svydesign(~organisation, data = s, weights = ~1))
  change("repeated", "stratified", variable, svydesign(~organisation, strata = ~stratum, weights = ~weight, data = s))
  change("repeated", "finite", variable,
         svydesign(~organisation, strata = ~stratum, weights = ~weight, fpc = ~held, data = s))
  s <- d[d$sample == "fresh", ]; s$cell <- paste(s$wave, s$stratum)
  change("fresh", "plain", variable, svydesign(~organisation, strata = ~wave, weights = ~1, data = s))
  change("fresh", "stratified", variable, svydesign(~organisation, strata = ~cell, weights = ~weight, data = s))
  change("fresh", "finite", variable,
         svydesign(~organisation, strata = ~cell, weights = ~weight, fpc = ~held, data = s))
  # Half of the organisations in both waves. survey has no design of two samples that share clusters, so: each wave's
  # variance from its own design, and their covariance over the shared clusters from survey's own influence functions.
  s <- d[d$sample == "overlapping", ]
  for (name in c("plain", "stratified", "finite")) {
    parts <- lapply(split(s, s$wave), function(w) {
      design <- switch(name,
        plain = svydesign(~organisation, data = w, weights = ~1),
        stratified = svydesign(~organisation, strata = ~stratum, weights = ~weight, data = w),
        finite = svydesign(~organisation, strata = ~stratum, weights = ~weight, fpc = ~held, data = w))
      mean <- svymean(as.formula(paste0("~", variable)), design, influence = TRUE)
      u <- tapply(as.vector(attr(mean, "influence")), w$organisation, sum)
      stratum <- tapply(w$stratum, w$organisation, `[`, 1); held <- tapply(w$held, w$organisation, `[`, 1)
      if (name == "plain") stratum[] <- "all"
      n <- ave(u, stratum, FUN = length)
      t <- (u - ave(u, stratum)) * sqrt(n / (n - 1) * if (name == "finite") 1 - n / held else 1)
      stopifnot(abs(sum(t^2) - vcov(mean)) < 1e-12)
      list(mean = coef(mean), variance = vcov(mean), t = t)
    })
    shared <- intersect(names(parts[[1]]$t), names(parts[[2]]$t))
    covariance <- sum(parts[[1]]$t[shared] * parts[[2]]$t[shared])
    add("overlapping", name, variable, "before", parts[[1]]$mean)
    add("overlapping", name, variable, "after", parts[[2]]$mean)
    add("overlapping", name, variable, "estimate", parts[[2]]$mean - parts[[1]]$mean)
    add("overlapping", name, variable, "std_error",
        sqrt(parts[[1]]$variance + parts[[2]]$variance - 2 * covariance))
  }
  # The same as one sample of which waves are domains: differs by n / (n - 1) of all clusters in place of each wave's.
  one <- svydesign(~organisation, data = s, weights = ~1)
  by <- svyby(as.formula(paste0("~", variable)), ~wave, one, svymean, covmat = TRUE)
  add("overlapping", "one sample", variable, "variance_before", vcov(by)[1, 1])
  add("overlapping", "one sample", variable, "variance_after", vcov(by)[2, 2])
  add("overlapping", "one sample", variable, "covariance", vcov(by)[1, 2])
}
versions <- list(R = R.version.string, survey = as.character(packageVersion("survey")))
write_json(list(versions = versions, numbers = rows), "tests/reference/waves.json", auto_unbox = TRUE, digits = 15, pretty = TRUE)
