const a = new Pool({ max: 1 })
const b = new Pool({ max: 2 })
