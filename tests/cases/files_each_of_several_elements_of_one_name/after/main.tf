resource "aws_security_group" "db" {
  ingress {
    from_port = 22
    cidr_blocks = ["10.0.0.0/8"]
    protocol = "tcp"
  }

  ingress {
    from_port = 8443
    cidr_blocks = ["0.0.0.0/0"]
    protocol = "tcp"
  }
}
