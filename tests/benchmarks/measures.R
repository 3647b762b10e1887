# The R side of measures.py, which calls it:  Rscript tests/benchmarks/measures.R ANSWERS.csv MEASURE SCALES
# Times one measure (best of up to 20 runs within 10 seconds) and prints seconds, then every resulting number, one a line.
# Without arguments: R, its BLAS and its packages.
suppressMessages({library(multilevel); library(psych)})
options(mc.cores = 1)   # psych would fork

if (length(commandArgs(TRUE)) == 0) {
  packages <- sapply(c("multilevel", "psych"), function(name) paste(name, packageVersion(name)))
  cat(R.version.string, packages, extSoftVersion()[["BLAS"]], sep = "; ")
  quit()
}
argument <- commandArgs(TRUE)
answers <- read.csv(argument[1])
organisation <- answers$organisation
items <- answers[-1]
every <- split(names(items), rep(1:6, each = 5))
scales <- every[1:as.integer(argument[3])]
score <- rowMeans(items[scales[[1]]])
rows <- as.matrix(items)

of_scales <- function(measure) unlist(lapply(scales, function(scale) measure(items[scale])))

half_means <- function(start) sapply(every, function(scale) rowMeans(rows[, scale[seq(start, 5, by = 2)]]))

even_odd <- function() {
  odd <- half_means(1); even <- half_means(2)
  r <- sapply(seq_len(nrow(rows)), function(i) cor(odd[i, ], even[i, ]))
  ifelse(r <= -1 / 3, -1, 2 * r / (1 + r))
}

bare_alpha <- function(scale) {
  v <- var(scale)
  ncol(v) / (ncol(v) - 1) * (1 - sum(diag(v)) / sum(v))
}

bare_icc <- function() {
  size <- tabulate(organisation); away <- score - mean(score)
  means <- rowsum(away, organisation)[, 1] / size
  b <- sum(size * means^2) / (length(size) - 1)
  w <- sum((away - means[organisation])^2) / (length(away) - length(size))
  c((b - w) / (b + (mean(size) - 1) * w), (b - w) / b)
}

run <- switch(argument[2],
  "rwg_j" = function() of_scales(function(scale) rwg.j(scale, organisation, ranvar = 2)$rwg.j),
  "average_deviation" = function() of_scales(function(scale) ad.m(scale, organisation)$AD.M),
  "icc" = function() { fit <- aov(score ~ as.factor(organisation)); c(ICC1(fit), ICC2(fit)) },
  "icc, bare formula" = bare_icc,
  "even_odd" = even_odd,
  "longstring" = function() apply(rows, 1, function(row) max(rle(row)$lengths)),
  "alpha" = function() of_scales(function(scale) alpha(scale)$total$raw_alpha),
  "alpha, bare formula" = function() of_scales(bare_alpha),
  "polychoric" = function() polychoric(items, correct = 0, global = FALSE, progress = FALSE)$rho)

now <- function() as.numeric(Sys.time())
seconds <- c()
while (length(seconds) < 20 && sum(seconds) < 10) {
  start <- now()
  found <- suppressWarnings(suppressMessages(run()))
  seconds <- c(seconds, now() - start)
}
writeLines(sprintf("%.17g", c(min(seconds), found)))
