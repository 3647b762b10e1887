# Reference numbers for surveykit.measures.careless, from the definitions, in base R: one respondent at a time.
# Run from the project's root:  Rscript tests/reference/careless.R
library(jsonlite)
set.seed(20260603)
n <- 120; scales <- 6; per_scale <- 5
trait <- matrix(rnorm(n * scales), n)[, rep(1:scales, each = per_scale)]
answers <- round(3 + 1.3 * trait + rnorm(n * scales * per_scale, sd = .45))
answers[] <- pmin(5, pmax(1, answers))
colnames(answers) <- paste0(rep(letters[1:scales], each = per_scale), 1:per_scale)
reversed <- grep("[24]$", colnames(answers))
answers[, reversed] <- 6 - answers[, reversed]                                # as given
answers[1:4, ] <- rep(c(3, 5, 1, 4), ncol(answers))                           # straight-liners
answers[5:8, ] <- sample(1:5, 4 * ncol(answers), replace = TRUE)              # anything at all
answers[9, ] <- rep(2:3, ncol(answers) / 2)
write.csv(answers, "tests/reference/careless.csv", row.names = FALSE)
gaps <- answers
gaps[41:n, ][runif(80 * ncol(answers)) < .15] <- NA
gaps[2, 6:10] <- NA; gaps[40, ] <- NA; gaps[39, -1] <- NA; gaps[38, -(1:11)] <- NA
write.csv(gaps, "tests/reference/careless_gaps.csv", row.names = FALSE, na = "")

longest <- function(x) {
  runs <- rle(ifelse(is.na(x), paste("gap", seq_along(x)), as.character(x)))  # no gap continues another
  runs <- runs$lengths[!startsWith(runs$values, "gap")]
  if (length(runs)) max(runs) else NA
}
r_of <- function(x, y) {
  both <- !is.na(x) & !is.na(y)
  if (sum(both) < 3 || sd(x[both]) < 1e-12 || sd(y[both]) < 1e-12) NA else cor(x[both], y[both])
}
halves <- function(x, of) {
  half <- function(odd) sapply(split(x, of), function(s) mean(s[seq_along(s) %% 2 == odd], na.rm = TRUE))
  r <- r_of(half(1), half(0))
  if (is.na(r)) NA else if (r <= -1 / 3) -1 else 2 * r / (1 + r)
}
across <- function(x, pairs) apply(x, 1, function(row) r_of(row[pairs[, 1]], row[pairs[, 2]]))
distances <- function(x) {
  complete <- x[complete.cases(x), ]; centre <- colMeans(complete); s <- cov(complete)
  apply(x, 1, function(row) {
    o <- !is.na(row)
    if (any(o)) mahalanobis(row[o], centre[o], s[o, o, drop = FALSE]) else NA
  })
}
indices <- function(x, scored, of, critical_r) {
  r <- cor(x, use = "pairwise.complete.obs"); r[lower.tri(r, diag = TRUE)] <- NA
  d <- distances(x)
  list(
    critical_r = unbox(critical_r),
    n_synonyms = unbox(sum(r > critical_r, na.rm = TRUE)), n_antonyms = unbox(sum(r < -critical_r, na.rm = TRUE)),
    longstring = apply(x, 1, longest), irv = apply(x, 1, sd, na.rm = TRUE),
    mahalanobis = d, mahalanobis_p = pchisq(d, rowSums(!is.na(x)), lower.tail = FALSE),
    even_odd = apply(scored, 1, halves, of = of),
    synonyms = across(x, which(r > critical_r, arr.ind = TRUE)),
    antonyms = across(x, which(r < -critical_r, arr.ind = TRUE))
  )
}
of <- rep(1:scales, each = per_scale)
back <- function(x) { x[, reversed] <- 6 - x[, reversed]; x }
published <- as.matrix(read.csv("tests/exports/files/careless/careless_dataset.csv"))
found <- list(
  versions = list(R = unbox(as.character(getRversion())), jsonlite = unbox(as.character(packageVersion("jsonlite")))),
  full = indices(answers, back(answers), of, .6),
  gaps = indices(gaps, back(gaps), of, .6),
  published = indices(published, published, substr(colnames(published), 6, 6), .3)
)
write_json(found, "tests/reference/careless.json", digits = NA, na = "null")
