# R survey's side of estimates.py: Rscript estimates.R SIZE FOLDER reads FOLDER/SIZE.csv, writes the figures found and
# prints seconds of the processor and on the clock, and the most megabytes the process held.
suppressMessages(library(survey))
options(survey.multicore = FALSE, survey.use_rcpp = TRUE)
size <- commandArgs(TRUE)[1]; folder <- commandArgs(TRUE)[2]
d <- read.csv(file.path(folder, paste0(size, ".csv")))
items <- setdiff(names(d), c("organisation", "stratum", "weight", "segment"))
by_segment <- function(des, item) {
  found <- svyby(as.formula(paste0("~", item)), ~segment, des, svymean, na.rm = TRUE, deff = "replace")
  data.frame(variable = item, value = found$segment, estimate = unname(coef(found)), std_error = unname(SE(found)), deff = found[[grep("^DEff", names(found))]])
}
over_all <- function(des, item) {
  found <- svymean(as.formula(paste0("~", item)), des, na.rm = TRUE, deff = "replace")
  data.frame(variable = item, value = "", estimate = unname(coef(found)), std_error = c(SE(found)), deff = c(deff(found)))
}
seconds <- system.time({
  des <- svydesign(~organisation, strata = ~stratum, weights = ~weight, data = d)
  if (size == "bootstrap") des <- as.svrepdesign(des, type = "subbootstrap", replicates = 1000, mse = TRUE)
  found <- lapply(items, function(item) (if (size == "bootstrap") over_all else by_segment)(des, item))
})
write.csv(do.call(rbind, found), file.path(folder, paste(size, "R.csv")), row.names = FALSE)
held <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
cat(sprintf("[%.6f, %.6f, %.1f]\n", sum(seconds[1:2]), seconds[["elapsed"]], as.numeric(gsub("[^0-9]", "", held)) / 1024))
