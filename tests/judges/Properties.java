import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;

/** Reads .properties files: per line the bytes of one in hex; answers keys and values in turn, as hex of UTF-16. */
public class Properties {
    public static void main(String[] arguments) throws IOException {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        HexFormat hex = HexFormat.of();
        for (String line; (line = input.readLine()) != null; ) {
            java.util.Properties properties = new java.util.Properties();
            StringBuilder answer = new StringBuilder("=");
            try {
                properties.load(new ByteArrayInputStream(hex.parseHex(line)));
                for (String name : properties.stringPropertyNames()) {
                    answer.append(',').append(hex.formatHex(name.getBytes(StandardCharsets.UTF_16BE)));
                    answer.append(',').append(hex.formatHex(properties.getProperty(name).getBytes(StandardCharsets.UTF_16BE)));
                }
            } catch (IllegalArgumentException error) {
                answer = new StringBuilder("!").append(error.getMessage());
            }
            System.out.println(answer);
        }
    }
}
