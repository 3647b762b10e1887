# R survey's side of estimates.py: Rscript estimates.R SIZE FOLDER reads FOLDER/SIZE.csv, writes the figures found and
# prints seconds of the processor and on the clock, the most megabytes held meanwhile, and
# how many of them were new.
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
held <- function(what) as.numeric(gsub("[^0-9]", "", grep(what, readLines("/proc/self/status"), value = TRUE))) / 1024
writeLines("5", "/proc/self/clear_refs"); before <- held("VmRSS")   # the peak is watched anew
seconds <- system.time({
  des <- svydesign(~organisation, strata = ~stratum, weights = ~weight, data = d)
  if (size == "bootstrap") des <- as.svrepdesign(des, type = "subbootstrap", replicates = 1000, mse = TRUE)
  found <- lapply(items, function(item) (if (size == "bootstrap") over_all else by_segment)(des, item))
})
peak <- held("VmHWM")
write.csv(do.call(rbind, found), file.path(folder, paste(size, "R.csv")), row.names = FALSE)
cat(sprintf("[%.6f, %.6f, %.1f, %.1f]\n", sum(seconds[1:2]), seconds[["elapsed"]], peak, peak - before))
