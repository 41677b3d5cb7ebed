namespace ReliableDownload.Rd.Reports;

/// <summary>A number of bytes as people read it: in binary units with one digit after the point, as in <c>700.0 MiB</c>.</summary>
internal readonly record struct ByteCount(long Bytes)
{
    private static readonly string[] Units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    public override string ToString()
    {
        if (Bytes < 1024)
            return $"{Bytes} B";
        var unit = 0;
        var amount = Bytes / 1024.0;
        // What would be rounded to 1024.0 of a unit is 1.0 of the next.
        for (; amount >= 1023.95; amount /= 1024)
            unit++;
        return $"{amount:F1} {Units[unit]}";
    }
}
