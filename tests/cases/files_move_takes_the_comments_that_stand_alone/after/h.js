module.exports = {
  b: {
    k: 1,
    c: {
      // Alone at the top.

      x: 1,

      /*
       * Alone in the middle.
       */

      y: 2,
      // z: 3,
    },
  },
};
