import java.io.*;
import java.math.*;
import java.util.*;

/** Writes the samples of Java serialization beside it: java Make.java DIRECTORY. */
public class Make {
  enum Kind { TREE, FOREST }

  static class Node implements Serializable {
    private static final long serialVersionUID = 1;
    int feature = 3;
    double threshold = 0.5;
    double[] weights = {0.25, 0.5, 1};
    String[] names = {"a", "b", null};
    int[][] table = {{1, 2}, {3}};
    boolean leaf; byte b = 1; char c = 'x'; short s = 2; long l = 1L << 40; float f = 1.5f;
    Node left, right;
    Kind kind = Kind.TREE;
    Object self = this;
    transient int unsaved = 4;

    private void writeObject(ObjectOutputStream out) throws IOException {
      out.defaultWriteObject();
      out.writeInt(7);
      out.writeUTF("beside");
      out.write(new byte[600]);
      out.writeObject("behind");
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
    }
  }

  static class Tree extends Node {
    private static final long serialVersionUID = 2;
    Map<String, Object> options = new LinkedHashMap<>();
    Class<?> type = Node.class;
  }

  static class Outside implements Externalizable {
    public Outside() {}
    public void writeExternal(ObjectOutput out) throws IOException { out.writeInt(5); out.writeObject("x"); }
    public void readExternal(ObjectInput in) {}
  }

  static void write(File folder, String name, Object... values) throws IOException {
    try (ObjectOutputStream out = new ObjectOutputStream(new FileOutputStream(new File(folder, name)))) {
      for (Object value : values) out.writeObject(value);
    }
  }

  public static void main(String[] arguments) throws Exception {
    File folder = new File(arguments[0]);
    Map<String, Object> map = new HashMap<>();
    map.put("list", new ArrayList<>(List.of(1, 2.5, "three", 4L, true, 'c')));
    map.put("tree", new TreeMap<>(Map.of("a", 1)));
    map.put("date", new Date(0));
    map.put("numbers", new Object[] {new BigDecimal("1.5"), BigInteger.TEN, (byte) 1, (short) 2, 3f});
    map.put("set", new HashSet<>(List.of("x", "y")));
    map.put("linked", new LinkedList<>(List.of(1, 2)));
    map.put("bits", new BitSet(70));
    map.put("properties", new Properties());
    map.put("locale", Locale.ROOT);
    map.put("random", new Random(1));
    map.put("time", java.time.LocalDate.of(2020, 1, 1));
    map.put("deque", new ArrayDeque<>(List.of(1)));
    map.put("long", "x".repeat(70000));
    write(folder, "collections.ser", map);
    Tree tree = new Tree();
    tree.left = new Node();
    tree.right = tree.left;
    tree.options.put("kind", Kind.FOREST);
    write(folder, "objects.model", tree, new double[] {1, 2}, "header", null, new Outside());
    Object proxy = java.lang.reflect.Proxy.newProxyInstance(Make.class.getClassLoader(),
        new Class<?>[] {Comparable.class}, new Handler());
    write(folder, "proxy.ser", proxy);
  }

  static class Handler implements java.lang.reflect.InvocationHandler, Serializable {
    public Object invoke(Object self, java.lang.reflect.Method method, Object[] arguments) { return 0; }
  }
}
