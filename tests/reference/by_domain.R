# What estimates.R and api.R ask of a design, by R survey: one row a figure.
suppressMessages(library(survey))
rows <- list()
add <- function(design, statistic, variable, domain, ...) {
  found <- c(...)
  rows[[length(rows) + 1]] <<- data.frame(design, statistic, variable, domain, what = names(found), value = sprintf("%.15g", found))
}
formula_of <- function(v) as.formula(paste0("~", v))
# The part of a design that is in a domain and answered.
part <- function(des, variable, domain) {
  keep <- Reduce(`&`, lapply(variable, function(v) !is.na(des$variables[[v]])))
  if (nzchar(domain)) keep <- keep & des$variables$segment %in% domain
  subset(des, keep)
}
limits <- function(m, df) { ci <- unname(confint(m, df = df)); c(std_error = unname(SE(m)), ci_lower = ci[1], ci_upper = ci[2], df = df) }
# Woodruff's limits around 1/2, with the error of the share at or below the median, or below it, whichever is nearer to 1/2.
median_of <- function(p, v, df) {
  # svyquantile's "math" rule, but at or below the first answer's weight, where survey 4.1.1 gives the second answer.
  quantile <- function(level) {
    if (level <= 0 || level >= 1) return(NaN)   # as R's own limits
    told <- weights(p, "sampling") > 0; x <- p$variables[[v]][told]; w <- weights(p, "sampling")[told]
    x <- x[order(x)]; share <- cumsum(w[order(p$variables[[v]][told])]) / sum(w)
    found <- x[which(share >= level - 1e-9)[1]]
    if (level > share[1] + 1e-9) stopifnot(found == coef(svyquantile(formula_of(v), p, level, qrule = "math", ci = FALSE)))
    found
  }
  q <- quantile(.5); answers <- p$variables[[v]]
  shares <- list(svymean(answers <= q, p), svymean(answers < q, p))
  off <- abs(sapply(shares, function(s) coef(s)[1]) - .5); nearer <- if (off[2] < off[1] - 1e-9) 2 else 1
  t <- c(qt(.975, df)); ends <- sapply(.5 + c(-1, 1) * t * c(SE(shares[[nearer]])), quantile)
  c(estimate = q, ci_lower = ends[1], ci_upper = ends[2], std_error = diff(ends) / (2 * t), df = df)
}
# Korn and Graubard's limits of svymean's figures, of never more answers than Kish's; up to there those of svyciprop.
exact_of <- function(p, v, df) {
  m <- svymean(formula_of(v), p); share <- c(coef(m)); w <- weights(p, "sampling"); answers <- sum(w > 0)
  n <- share * (1 - share) / c(vcov(m)) * (qt(.025, answers - 1) / qt(.025, df))^2
  most <- sum(w)^2 / sum(w^2); used <- min(n, most)
  ci <- c(qbeta(.025, used * share, used * (1 - share) + 1), qbeta(.975, used * share + 1, used * (1 - share)))
  if (n <= most && inherits(p, "survey.design2"))
    stopifnot(all.equal(ci, unname(attr(svyciprop(formula_of(v), p, method = "beta", df = df), "ci")), tolerance = 1e-12))
  c(ci_lower = ci[1], ci_upper = ci[2])
}
# Degrees of freedom of a domain, with replicates too, are clusters with an answer less their strata: those of `taylor`.
all_of <- function(design, des, taylor, domains, means, shares, ratio) {
  replicated <- !inherits(des, "survey.design2")
  df_of <- function(variable, domain) degf(part(taylor, variable, domain))
  for (domain in domains) {
    for (v in means) {
      p <- part(des, v, domain); df <- df_of(v, domain)
      m <- svymean(formula_of(v), p, deff = "replace")
      add(design, "mean", v, domain, estimate = unname(coef(m)), limits(m, df), deff = unname(deff(m)))
      s <- svytotal(formula_of(v), p, deff = "replace")
      add(design, "total", v, domain, estimate = unname(coef(s)), limits(s, df), deff = unname(deff(s)))
      if (!replicated) add(design, "median", v, domain, median_of(p, v, df))
    }
    for (v in shares) {
      p <- part(des, v, domain); df <- df_of(v, domain)
      s <- svyciprop(formula_of(v), p, method = "xlogit", df = df); ci <- unname(attr(s, "ci"))
      add(design, "logit", v, domain, estimate = as.numeric(s), std_error = sqrt(c(attr(s, "var"))), ci_lower = ci[1], ci_upper = ci[2])
      add(design, "exact", v, domain, exact_of(p, v, df))
    }
    p <- part(des, ratio, domain); df <- df_of(ratio, domain)
    r <- svyratio(formula_of(ratio[1]), formula_of(ratio[2]), p, deff = if (replicated) FALSE else "replace")
    ci <- unname(confint(r, df = df))
    add(design, "ratio", ratio[1], domain, estimate = unname(coef(r)), std_error = unname(SE(r)), ci_lower = ci[1], ci_upper = ci[2], df = df)
    if (!replicated) add(design, "ratio", ratio[1], domain, deff = c(deff(r)))   # svyratio has none of replicates
  }
}
write_rows <- function(file) {
  versions <- data.frame(design = "versions", statistic = c("R", "survey"), variable = "", domain = "", what = "",
                         value = c(as.character(getRversion()), as.character(packageVersion("survey"))))
  write.csv(rbind(do.call(rbind, rows), versions), file, row.names = FALSE)
}
