const config = {
  host: 'b',
};
