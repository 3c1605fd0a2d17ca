/** The two programs of the renderer: the picture with its colours, and a drawing on top of it. */

/** One triangle that covers everything; `at` runs from the top left. */
export const PICTURE_VERTEX = `#version 300 es
out vec2 at;
void main() {
  vec2 corner = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
  at = vec2(corner.x, 1.0 - corner.y);
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`

/** look: vignette, grain, soften, seconds. Softening weighs neighbours by how alike they are, so that edges stay. */
export const PICTURE_FRAGMENT = `#version 300 es
precision highp float;
in vec2 at;
out vec4 colour;
uniform sampler2D picture;
uniform mat4 matrix;
uniform vec4 look;
uniform vec2 pixel;

vec3 softened(vec3 middle) {
  vec3 sum = middle;
  float weights = 1.0;
  for (int ring = 1; ring <= 2; ring++) {
    for (int n = 0; n < 8; n++) {
      float angle = 0.7853982 * float(n) + 0.39 * float(ring);
      vec3 near = texture(picture, at + vec2(cos(angle), sin(angle)) * pixel * 3.0 * float(ring)).rgb;
      float weight = exp(-40.0 * dot(near - middle, near - middle));
      sum += near * weight;
      weights += weight;
    }
  }
  return mix(middle, sum / weights, look.z);
}

void main() {
  vec3 seen = texture(picture, at).rgb;
  if (look.z > 0.0) seen = softened(seen);
  vec3 made = (matrix * vec4(seen, 1.0)).rgb;
  vec2 off = at - 0.5;
  made *= 1.0 - look.x * smoothstep(0.12, 0.5, dot(off, off));
  float noise = fract(sin(dot(at + fract(look.w), vec2(12.9898, 78.233))) * 43758.5453) - 0.5;
  colour = vec4(made + look.y * noise, 1.0);
}`

export const LAYER_VERTEX = `#version 300 es
uniform mat3 place;
out vec2 at;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  at = corner;
  gl_Position = vec4((place * vec3(corner - 0.5, 1.0)).xy, 0.0, 1.0);
}`

/** The colours of a canvas are premultiplied by their alpha. */
export const LAYER_FRAGMENT = `#version 300 es
precision mediump float;
in vec2 at;
out vec4 colour;
uniform sampler2D drawing;
void main() {
  colour = texture(drawing, at);
}`
