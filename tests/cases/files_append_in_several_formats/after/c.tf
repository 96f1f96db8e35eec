locals {
  l = ["a", "z"]
}
