# Reference numbers for surveykit.estimates.
# Run from the project's root:  Rscript tests/reference/design.R
suppressMessages(library(survey))
set.seed(20260522)
organisations <- 24
size <- sample(1:7, organisations, replace = TRUE)
organisation <- rep(sprintf("o%02d", 1:organisations), size)
lean <- rep(rnorm(organisations), size)
n <- length(organisation)
answer <- function(shift = 0) pmin(5, pmax(1, round(3 + shift + lean + rnorm(n))))
d <- data.frame(organisation, segment = sample(c("north", "south", "west"), n, TRUE),
                a = answer(), b = answer(.3), c = answer(-.4))
d$a[sample(n, 6)] <- NA
d$c[sample(n, 4)] <- NA
d$yes <- as.numeric(d$a >= 4)
d$rare <- as.numeric(d$b == 1)
write.csv(d, "tests/reference/design.csv", row.names = FALSE, na = "")

des <- svydesign(~organisation, data = d, weights = ~1)
rows <- list()
add <- function(what, statistic, value) rows[[length(rows) + 1]] <<- data.frame(what, statistic, value = sprintf("%.15g", value))
mean_of <- function(what, design) {
  design <- subset(design, !is.na(a))
  m <- svymean(~a, design); df <- degf(design)
  ci <- confint(m, df = df)
  add(what, "estimate", coef(m)); add(what, "std_error", SE(m)); add(what, "ci_lower", ci[1]); add(what, "ci_upper", ci[2]); add(what, "df", df)
}
share_of <- function(what, formula, design, method) {
  s <- svyciprop(formula, design, method = method, df = degf(design)); ci <- attr(s, "ci")
  add(what, "estimate", as.numeric(s)); add(what, "ci_lower", ci[1]); add(what, "ci_upper", ci[2])
}
mean_of("mean a", des)
for (s in c("north", "south", "west")) mean_of(paste("mean a", s), subset(des, segment == s))
share_of("share yes", ~yes, subset(des, !is.na(yes)), "logit")
share_of("share yes north", ~yes, subset(des, !is.na(yes) & segment == "north"), "beta")
share_of("share rare", ~rare, des, "beta")
v <- function(p) as.character(packageVersion(p))
add_version <- data.frame(what = "versions", statistic = c("R", "survey"), value = c(as.character(getRversion()), v("survey")))
write.csv(rbind(do.call(rbind, rows), add_version), "tests/reference/design_numbers.csv", row.names = FALSE)
