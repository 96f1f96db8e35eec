locals {
  l = ["a"]
}
