using System.Text;

namespace ReliableDownload.Rd;

/// <summary>Reads small files of text that options name.</summary>
internal static class OptionFile
{
    // Far more than any of them needs, and little enough to be read at once.
    private const int MaxBytes = 4 << 20;

    /// <param name="option">Whose file it is, for the sentence.</param>
    /// <exception cref="UnusableFileException">It cannot be read.</exception>
    public static string ReadText(string option, string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var bytes = new byte[MaxBytes + 1];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > MaxBytes)
                throw new UnusableFileException($"the file '{path}' of {option} is larger than {MaxBytes >> 20} MiB, so it is something else");
            return Encoding.UTF8.GetString(bytes, 0, length).TrimStart('\uFEFF');
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UnusableFileException($"there is no file '{path}', which {option} names");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UnusableFileException(Directory.Exists(path) ? $"'{path}', which {option} names, is a folder" : $"the file '{path}' of {option} cannot be read; look at its permissions");
        }
    }
}
