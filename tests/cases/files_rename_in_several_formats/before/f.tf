locals {
  old = 1
}
