# Reference numbers for surveykit.estimates.domains from the California schools that come with R survey. The data are
# under the GPL and stay there: the test asks R for them.   Rscript tests/reference/api.R
source("tests/reference/by_domain.R")
data(api)
options(survey.ultimate.cluster = TRUE)   # of apiclus2 the first stage alone, as our designs have it
prepared <- function(d) transform(d, segment = as.character(stype), met = as.numeric(sch.wide == "Yes"), high = as.numeric(api00 > 700))
ask <- function(design, des, taylor = des)
  all_of(design, des, taylor, c("", "E", "H", "M"), c("api00", "enroll"), c("met", "high"), c("api.stu", "enroll"))
designs <- list(
  apisrs = svydesign(~1, weights = ~pw, fpc = ~fpc, data = prepared(apisrs)),
  apistrat = svydesign(~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = prepared(apistrat)),
  apiclus1 = svydesign(~dnum, weights = ~pw, fpc = ~fpc, data = prepared(apiclus1)),
  apiclus2 = svydesign(~dnum, weights = ~pw, fpc = ~fpc1, data = prepared(apiclus2)))
for (name in names(designs)) ask(name, designs[[name]])
clusters <- svydesign(~dnum, weights = ~pw, data = prepared(apiclus1))
ask("apiclus1, jackknife", as.svrepdesign(clusters, type = "JK1", mse = TRUE), clusters)
write_rows("tests/reference/api_numbers.csv")
