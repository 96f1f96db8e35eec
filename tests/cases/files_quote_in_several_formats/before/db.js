const config = {
  host: "a",
};
