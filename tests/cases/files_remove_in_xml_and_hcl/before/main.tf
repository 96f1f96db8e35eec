variable "old" {
  default = 1
}
locals {
  a = 1
  b = 2 # two
}
