// The manager, in a browser where a worker that is terminated takes its maker along, as Firefox does now and then
// while the page's own thread is busy.

import "../../../polyfill/manager.mjs";

Worker.prototype.terminate = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
