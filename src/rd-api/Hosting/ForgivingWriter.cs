using System.Text;

namespace ReliableDownload.Api.Hosting;

/// <summary>
/// Standard error that may fail: what cannot be written, because the disk is full or nobody reads, is lost, and the program
/// continues. The framework's console logger would bypass its queue after the first failure, and then block its callers.
/// </summary>
internal sealed class ForgivingWriter(TextWriter output) : TextWriter
{
    public override Encoding Encoding => output.Encoding;

    public override void Write(char value) => Try(static (output, value) => output.Write(value), value);

    public override void Write(string? value) => Try(static (output, value) => output.Write(value), value);

    public override void WriteLine(string? value) => Try(static (output, value) => output.WriteLine(value), value);

    public override void Flush() => Try(static (output, _) => output.Flush(), 0);

    private void Try<T>(Action<TextWriter, T> write, T value)
    {
        try
        {
            write(output, value);
        }
        catch (IOException)
        {
            // There is nowhere to report this.
        }
    }
}
