export default {
  host: 'db.internal',
};
