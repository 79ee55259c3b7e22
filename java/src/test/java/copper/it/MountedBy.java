package copper.it;

/** What speaks to the kernel for the nodes of a test. */
enum MountedBy {
  /** The mount that speaks the kernel's protocol. */
  KERNEL("kernel", ""),

  /** The same, told that the kernel is as old as Linux 4.18. */
  OLD_KERNEL("kernel", "-Dcopper.fuse_minor=27"),

  /** The mount through libfuse 2. */
  JNR("jnr", "");

  private final String flag;
  private final String property;

  MountedBy(String flag, String property) {
    this.flag = flag;
    this.property = property;
  }

  /** Returns the value of -fuse. */
  String flag() {
    return flag;
  }

  /** Returns an option for the JVM; may be empty. */
  String property() {
    return property;
  }
}
