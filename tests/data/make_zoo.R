# Make the samples of R beside this file: Rscript make_zoo.R
out <- file.path("zoo", paste0("R-", getRversion()))
unlink(out, recursive = TRUE)
dir.create(out, recursive = TRUE)
data <- data.frame(x = 1:9, y = c(2, 4, 6, 8, 10, 12, 14, 16, 19))
model <- lm(y ~ x, data)
for (version in 2:3) for (ascii in c(TRUE, FALSE)) {
  name <- sprintf("lm-%d-%s", version, if (ascii) "ascii" else "xdr")
  saveRDS(model, file.path(out, paste0(name, ".rds")), ascii = ascii, version = version, compress = "bzip2")
}
save(model, data, file = file.path(out, "both.rda"), compress = "xz")
scale <- 3
saveRDS(compiler::cmpfun(function(x) x * scale), file.path(out, "function.rds"))
kept <- new.env()
kept$model <- model
kept$predict <- function(x) predict(model, x)
kept$inner <- list2env(list(a = 1))
for (codec in 1:3) tools:::makeLazyLoadDB(kept, file.path(out, paste0("lazy-", codec)), compress = codec)
