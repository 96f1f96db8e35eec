module.exports = {
  a: {
    // Alone at the top.

    x: 1,

    /*
     * Alone in the middle.
     */

    y: 2,
    // z: 3,
  },
  b: {
    k: 1,
  },
};
