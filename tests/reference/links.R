# Reference numbers for tests/links: clustered standard errors and average marginal effects.
# Run from this folder: Rscript links.R. Writes links.csv (simulated here) and links.json.
# Debian: r-base-core r-cran-sandwich r-cran-ordinal r-cran-numderiv r-cran-jsonlite
library(sandwich)
library(ordinal)
library(jsonlite)

set.seed(20260)
G <- 60
sizes <- 1 + rpois(G, 4)
org <- data.frame(organisation = sprintf("org%02d", 1:G), clarity = round(rnorm(G, 3.4, 0.6), 2),
                  industry = sample(c("Energy", "Finance", "Health"), G, TRUE, c(.2, .5, .3)), shock = rnorm(G, 0, 0.7))
d <- org[rep(1:G, sizes), ]
n <- nrow(d)
d$effort <- round(rnorm(n, 50, 12), 1)
d$redesigned <- rbinom(n, 1, 0.4)
lin <- 0.8 * (d$clarity - 3.4) + 0.02 * (d$effort - 50) + 0.6 * d$redesigned + d$shock
d$reached <- as.integer(lin + rlogis(n) > 0.2)
d$stage <- 1 + (lin + rlogis(n) > -1) + (lin + rlogis(n) > 0.5) + (lin + rlogis(n) > 2)
d$speed <- round(5 + 3 * lin + rnorm(n, 0, 4), 2)
d$rollbacks <- rpois(n, exp(0.2 - 0.5 * lin))
d$effort[sample(n, 9)] <- NA
d$shock <- NULL
rownames(d) <- NULL
write.csv(d, "links.csv", row.names = FALSE)

d <- d[complete.cases(d), ]
d$industry <- relevel(factor(d$industry), names(which.max(table(d$industry))))
terms <- ~ clarity + effort + redesigned + industry
with_outcome <- function(y) update(terms, as.formula(paste(y, "~ .")))
tight <- glm.control(epsilon = 1e-14, maxit = 100)

# Expected outcome as a function of parameters and design (ordered: probability of the highest category).
mean_of <- list(ols = function(b, X) drop(X %*% b), logit = function(b, X) plogis(drop(X %*% b)),
                poisson = function(b, X) exp(drop(X %*% b)))

ame <- function(b, V, X, mean_at, column, per) {
  moved <- function(to) { Z <- X; Z[, column] <- to(Z[, column]); Z }
  value <- function(b) {
    if (column == "redesigned") {
      return(mean(mean_at(b, moved(function(x) 1)) - mean_at(b, moved(function(x) 0))))
    }
    slope <- function(h) mean(mean_at(b, moved(function(x) x + h)) - mean_at(b, moved(function(x) x - h))) / (2 * h)
    h <- 1e-3 * per
    per * (4 * slope(h / 2) - slope(h)) / 3   # Richardson: the derivative to about 1e-11
  }
  gradient <- numDeriv::grad(value, b)
  c(estimate = value(b), std_error = sqrt(drop(gradient %*% V %*% gradient)))
}

report <- function(b, V, X, mean_at, data) {
  per <- c(clarity = sd(data$clarity[!duplicated(data$organisation)]), effort = sd(data$effort), redesigned = NA)
  list(coefficients = as.list(b), std_errors = as.list(sqrt(diag(V))), n_obs = nrow(data),
       n_organisations = length(unique(data$organisation)),
       effects = lapply(setNames(names(per), names(per)), function(p) as.list(ame(b, V, X, mean_at, p, per[[p]]))))
}

fits <- function(data) {
  clustered <- function(fit) vcovCL(fit, cluster = data$organisation, type = "HC1")
  X <- model.matrix(terms, data)
  out <- list()
  for (model in c("ols", "logit", "poisson")) {
    fit <- switch(model, ols = lm(with_outcome("speed"), data),
                  logit = glm(with_outcome("reached"), binomial, data, control = tight),
                  poisson = glm(with_outcome("rollbacks"), poisson, data, control = tight))
    out[[model]] <- report(coef(fit), clustered(fit), X, mean_of[[model]], data)
  }
  data$stage <- factor(data$stage)
  fit <- clm(with_outcome("stage"), data = data, control = clm.control(gradTol = 1e-12, maxIter = 200L))
  cuts <- nlevels(data$stage) - 1
  b <- coef(fit)
  highest <- function(b, X) plogis(drop(X[, -1] %*% b[-seq_len(cuts)]) - b[cuts])
  V <- clustered(fit)
  out[["ordered logit"]] <- report(b, V, X, highest, data)
  out
}

one_each <- d[!duplicated(d$organisation), ]
p <- c(0.01, 0.04, 0.03, 0.005, 0.6)
packages <- c("sandwich", "ordinal", "numDeriv", "jsonlite")
result <- list(
  versions = c(list(R = as.character(getRversion())),
               sapply(packages, function(name) as.character(packageVersion(name)), simplify = FALSE)),
  clustered = fits(d),
  one_row_each = fits(one_each),
  hc1_of_lm = as.list(sqrt(diag(vcovHC(lm(with_outcome("speed"), one_each), type = "HC1")))),
  holm = list(p = p, adjusted = p.adjust(p, "holm"))
)
write_json(result, "links.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
