"""Questions by columns: shares and means, which columns differ, and whether answers differ by column at all."""
