// node witnesses.mjs PROGRAM CASES: print for each case whether the compiled circuit has a witness for it. A case is the
// circuit's own input numbers in their order: nothing but the circuit itself checks them.
import fs from "node:fs";
import { executeProgram } from "@noir-lang/acvm_js";

const [, , program, cases] = process.argv;
const code = fs.readFileSync(program);
const found = [];
for (const inputs of JSON.parse(fs.readFileSync(cases, "utf8"))) {
  const words = new Map(inputs.map((number, i) => [i, `0x${BigInt(number).toString(16).padStart(64, "0")}`]));
  try {
    await executeProgram(code, words, () => []);
    found.push(true);
  } catch (error) {
    if (!/^(Cannot satisfy constraint|Assertion failed|Failed to solve blackbox function)/.test(error.message)) throw error;
    found.push(false);
  }
}
process.stdout.write(JSON.stringify(found));
