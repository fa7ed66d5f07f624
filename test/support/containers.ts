import { GenericContainer } from 'testcontainers';

// Its reaper is one more image to fetch; whoever starts a container here removes it, and the label finds what a killed run left.
process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';

/** A container of this image, with a name for the `docker` command: that one can pause, kill and start it again. */
export function container(image: string, name: string): GenericContainer {
  return new GenericContainer(image).withName(name).withLabels({ 'longshore.test': '1' });
}
