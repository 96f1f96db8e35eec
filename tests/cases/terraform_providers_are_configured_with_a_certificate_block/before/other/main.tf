# the postgresql provider lives in another stack
provider "mysql" {
  endpoint = "db:3306"
}
