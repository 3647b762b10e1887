# The R side of drivers.py, which calls it:  Rscript tests/benchmarks/drivers.R CORRELATIONS.csv
# The outcome is the first column. R2 of all subsets by solve, then each predictor's mean of what it adds, by size of
# what it is added to; prints seconds, then the shares, one a line. Without arguments: R and its BLAS.
if (length(commandArgs(TRUE)) == 0) { cat(R.version.string, extSoftVersion()[["BLAS"]], sep = "; "); quit() }
r <- as.matrix(read.csv(commandArgs(TRUE)[1], header = FALSE)); p <- ncol(r) - 1
within <- r[-1, -1]; between <- r[-1, 1]

shares <- function() {
  inside <- sapply(0:(p - 1), function(j) bitwAnd(0:(2^p - 1), 2L^j) > 0)
  value <- apply(inside, 1, function(i) if (any(i)) sum(between[i] * solve(within[i, i, drop = FALSE], between[i])) else 0)
  size <- rowSums(inside)
  sapply(1:p, function(j) {
    without <- which(!inside[, j])
    mean(tapply(value[without + 2^(j - 1)] - value[without], size[without], mean))
  })
}
seconds <- Inf; spent <- 0
while (spent < 10) { one <- system.time(found <- shares())[["elapsed"]]; seconds <- min(seconds, one); spent <- spent + max(one, .001) }
cat(sprintf("%.15g", c(seconds, found)), sep = "\n")
